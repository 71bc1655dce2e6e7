"""Random codes that are trained to decode to shapes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from test_train import boxes, log_of, recipe, silent  # noqa: E402

from pcbin.arrays import Float32  # noqa: E402
from pcbin.errors import InputError  # noqa: E402
from pcbin.metrics import GeneratedSet  # noqa: E402
from pcbin.training import train  # noqa: E402
from pcbin.training.build import build, load  # noqa: E402
from pcbin.training.chamfer_loss import chamfer  # noqa: E402
from pcbin.training.generation import Generator, distance  # noqa: E402
from pcbin.training.recipe import GenerationRecipe, Recipe, parse  # noqa: E402

torch.set_num_threads(1)


def plan(
    *, kind: str = "beta", weight: float = 0.3, pool: int = 32, pairs: int = 8, **training: Any
) -> Recipe:
    made = GenerationRecipe(weight=weight, pool=pool, pairs=pairs)
    return dataclasses.replace(recipe(kind=kind, **training), generation=made)


def test_the_memory_keeps_the_latest() -> None:
    generator = Generator(GenerationRecipe(weight=1.0, pool=3, pairs=1))
    first, second = torch.zeros(2, 4, 3), torch.ones(2, 4, 3, requires_grad=True)
    generator.remember(first)
    assert generator.draw(build(plan())) is None  # not full yet
    generator.remember(second)
    assert generator.memory is not None
    assert not generator.memory.requires_grad
    assert generator.memory[:, 0, 0].tolist() == [1, 1, 0]


@pytest.mark.parametrize("kind", ["beta", "bernoulli"])
def test_codes_are_paired_with_what_they_are_nearest_to(kind: str) -> None:
    """The memory has what these very codes decode to, in another order."""
    torch.manual_seed(0)
    autoencoder = build(plan(kind=kind))
    generator = Generator(GenerationRecipe(weight=1.0, pool=24, pairs=10))
    low, high = autoencoder.latent.bit_values or (None, None)
    torch.manual_seed(1)
    codes = torch.where(torch.rand(24, 16) < 0.5, high, low)
    with torch.no_grad():
        generator.remember(autoencoder.decode(codes)[torch.randperm(24)])
    torch.manual_seed(1)
    pairs = generator.draw(autoencoder)
    assert pairs is not None
    assert pairs.codes.shape == (10, 16)
    assert set(pairs.codes.unique().tolist()) == {low, high}
    with torch.no_grad():
        assert torch.equal(autoencoder.decode(pairs.codes), pairs.targets)
    assert len(pairs.codes.unique(dim=0)) == 10


def test_the_distance_bounds_chamfer() -> None:
    x, y = torch.rand(2, 5, 40, 3, generator=torch.Generator().manual_seed(0))
    assert (distance(x, y) >= 1e3 * chamfer(x, y)).all()
    assert torch.equal(distance(x, x), torch.zeros(5))
    moved = x + torch.tensor([0.1, 0, 0])
    torch.testing.assert_close(distance(x, moved), torch.full((5,), 20.0), rtol=1e-4, atol=0)


def test_random_codes_become_shapes(tmp_path: Path) -> None:
    """The nearest one to a box that was held out is nearer with the term than without."""
    shapes = boxes(200, 0)
    np.savez(tmp_path / "boxes.npz", points=shapes, split=np.array(["train"] * 150 + ["test"] * 50))
    found = {}
    for weight in (0.0, 0.3):
        made = plan(weight=weight, steps=500, batch=16, validate_every=250, rate=3e-3)
        folder = tmp_path / str(weight)
        path = train.train(made, tmp_path, folder, report=silent)
        autoencoder = load(path).autoencoder
        assert ("generation" in log_of(folder)[-1]["terms"]) == (weight > 0)
        fair = torch.rand(50, 16, generator=torch.Generator().manual_seed(5)) < 0.5
        with torch.no_grad():
            clouds: Float32 = autoencoder.decode(fair.float()).numpy()
        found[weight] = GeneratedSet(clouds, shapes[150:].astype(np.float32)[:, :64]).mmd_cd_e3
    assert found[0.3] < 0.85 * found[0.0]


@pytest.mark.parametrize(
    ("kind", "decoder", "message"),
    [
        ("normal", {}, "needs a latent with bits"),
        ("nested", {}, "of one length"),
        ("bernoulli", {"image": (4, 4)}, "a decoder of clouds"),
    ],
)
def test_what_it_needs(kind: str, decoder: dict[str, Any], message: str) -> None:
    made = plan(kind=kind)
    made = dataclasses.replace(made, decoder=dataclasses.replace(made.decoder, **decoder))
    with pytest.raises(InputError, match=rf"recipe 'boxes': \[generation\] .*{message}"):
        build(made)


def test_more_pairs_than_codes() -> None:
    with pytest.raises(InputError, match="pairs = 33; use at most the pool, 32"):
        build(plan(pairs=33))


def test_a_recipe_has_the_table() -> None:
    table = {"weight": 0.3, "pool": 64, "pairs": 16}
    found = parse({"name": "x", "generation": table}, "here")
    assert found.generation == GenerationRecipe(0.3, 64, 16)
    assert json.loads(json.dumps(found.plain()))["generation"] == table
    for key, value in (("pool", 0), ("weight", -1), ("pairs", 1.5)):
        with pytest.raises(InputError, match=rf"here: \[generation\]: {key}"):
            parse({"name": "x", "generation": {key: value}}, "here")


def test_an_entrance_is_a_linear_layer_of_the_decoder() -> None:
    """Codes with the same sums are the same shape; what is frozen has the layer too."""
    made = plan()
    made = dataclasses.replace(made, decoder=dataclasses.replace(made.decoder, entrance=4))
    autoencoder = build(made)
    weights = autoencoder.tensors()
    assert weights["decoder/entrance/weight"].shape == (4, 16)
    assert weights["decoder/hidden0/weight"].shape == (32, 4)
    z = torch.rand(3, 16, generator=torch.Generator().manual_seed(0))
    unseen = torch.linalg.svd(weights["decoder/entrance/weight"].detach()).Vh[-1]
    with torch.no_grad():
        same, other = autoencoder.decode(z + unseen), autoencoder.decode(z + 1)
        torch.testing.assert_close(same, autoencoder.decode(z), rtol=0, atol=1e-5)
    assert (same - other).abs().max() > 1e-3
