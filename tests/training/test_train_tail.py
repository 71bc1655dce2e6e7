"""From a recipe with prefixes or a residual to a frozen model: shorter codes are worse, and no worse than
that."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402
from test_train import boxes, recipe, silent  # noqa: E402

from pcbin.coding.encoding import encode  # noqa: E402
from pcbin.errors import InputError  # noqa: E402
from pcbin.formats.model_file import load_model  # noqa: E402
from pcbin.metrics import chamfer  # noqa: E402
from pcbin.models.model import Model  # noqa: E402
from pcbin.training import checkpoint, train  # noqa: E402
from pcbin.training.batches import first_points  # noqa: E402
from pcbin.training.build import build  # noqa: E402
from pcbin.training.freeze import freeze  # noqa: E402
from pcbin.training.recipe import Recipe, ResidualRecipe  # noqa: E402

torch.set_num_threads(1)
RESIDUAL = ResidualRecipe(bits=32, head=16, default=24, components=8, clouds=40)


def plan(residual: ResidualRecipe = RESIDUAL, **options: Any) -> Recipe:
    found = recipe(kind="nested", steps=200, batch=16, validate_every=100)
    latent = dataclasses.replace(found.latent, options={**found.latent.options, **options})
    return dataclasses.replace(found, residual=residual, latent=latent)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("boxes")
    np.savez(folder / "boxes.npz", points=boxes(60, 0), split=np.array(["train"] * 60))
    return folder


@pytest.fixture(scope="module")
def held_out() -> Any:
    """(40, 64, 3): boxes that no training has seen."""
    return first_points(boxes(40, 99), 64)


@pytest.fixture(scope="module")
def nested_run(data: Path) -> Path:
    return train.train(plan(ResidualRecipe()), data, data / "run", report=silent)


@pytest.fixture(scope="module")
def trained(nested_run: Path) -> Path:
    """The same training, from a recipe with a residual, which `freeze` alone asks for."""
    tensors, state = checkpoint.read(nested_run)
    state.recipe["residual"] = dataclasses.asdict(RESIDUAL)
    path = nested_run.with_name("residual.safetensors")
    save_file(tensors, path, metadata={"state": state.to_json()})
    return path


@pytest.fixture(scope="module")
def frozen(data: Path, trained: Path) -> Model:
    return Model(load_model(freeze(trained, data)))


def measured(model: Model, clouds: Any, codes: Any) -> float:
    """Mean Chamfer x 1e3."""
    found = [chamfer(a, b) for a, b in zip(clouds, model.decode(codes), strict=True)]
    return 1e3 * float(np.mean(found))


def test_a_nested_model(nested_run: Path, held_out: Any) -> None:
    """Frozen without data. More bits are better, and 8 of them better than somebody else's."""
    model = Model(load_model(freeze(nested_run, None)))
    assert (model.shortest, model.default_bits, model.head, model.bits) == (8, 16, 16, 16)
    at = {bits: measured(model, held_out, encode(model, held_out, bits=bits)) for bits in (8, 16)}
    codes = encode(model, held_out, bits=8)
    chance = measured(model, held_out, np.roll(codes, 1, axis=0))
    assert at[16] < at[8] < 0.95 * chance


def test_a_residual_model(frozen: Model, held_out: Any) -> None:
    assert (frozen.shortest, frozen.head, frozen.default_bits, frozen.bits) == (8, 16, 24, 32)
    assert frozen.entropy_table is not None
    assert frozen.entropy_table.means.shape[1] == 32
    at = {bits: measured(frozen, held_out, encode(frozen, held_out, bits=bits)) for bits in (8, 16, 24, 32)}
    assert at[32] < at[24] < at[16] < at[8]
    assert at[32] < 0.95 * at[16]
    searched = encode(frozen, held_out, bits=32, effort=3)
    assert measured(frozen, held_out, searched) < at[32]


def test_the_range_is_that_of_the_default_length(frozen: Model, data: Path) -> None:
    from pcbin.training.tasks.clouds import load_data

    _, validation = load_data(plan(), data)
    clouds = first_points(validation["boxes.npz"], 64)
    values = frozen.info["chamfer_e3"]["validation"]["boxes.npz"]
    found = measured(frozen, clouds, encode(frozen, clouds, bits=24))
    assert values["mean"] == pytest.approx(found, rel=0.02)  # relative to each cloud's own size there


def test_freezing_twice_gives_the_same_bytes(trained: Path, data: Path, frozen: Model) -> None:
    assert load_model(freeze(trained, data)).sha256 == frozen.file.sha256


def test_a_residual_needs_the_data(trained: Path) -> None:
    with pytest.raises(InputError, match="pass the folder of the training data"):
        freeze(trained, None)


def test_a_head_of_a_part_of_the_latent(data: Path, held_out: Any) -> None:
    """The encoder and the network are cut; what they give for the first bits is what they gave."""
    short = dataclasses.replace(RESIDUAL, head=8, default=16)
    one = dataclasses.replace(plan(), train=dataclasses.replace(plan().train, steps=20))
    path = train.train(dataclasses.replace(one, residual=short), data, data / "cut", report=silent)
    model = Model(load_model(freeze(path, data)))
    assert (model.shortest, model.head, model.default_bits, model.bits) == (8, 8, 16, 32)
    plain = dataclasses.replace(one, residual=ResidualRecipe())
    path = train.train(plain, data, data / "whole", report=silent)
    whole = Model(load_model(freeze(path, None)))
    codes = model.encode(held_out)
    np.testing.assert_array_equal(codes, whole.encode(held_out)[:, :1])
    np.testing.assert_allclose(model.decode(codes), whole.decode(codes), atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"head": 12}, "multiples of 8"),
        ({"bits": 30}, "multiples of 8"),
        ({"default": 20}, "multiples of 8"),
        ({"head": 4}, "multiples of 8"),
        ({"head": 24}, "at most the latent's size"),
        ({"bits": 16, "default": 16}, "more bits than its head"),
        ({"bits": 8, "default": 8}, "more bits than its head"),
        ({"default": 40}, "a default between the two"),
        ({"default": 8}, "a default between the two"),
    ],
    ids=str,
)
def test_residuals_that_are_none(changes: dict[str, int], message: str, data: Path, tmp_path: Path) -> None:
    """Said before the training, not behind it."""
    wrong = plan(dataclasses.replace(RESIDUAL, **changes))
    with pytest.raises(InputError, match=rf"recipe 'boxes': \[residual\] needs .*{message}"):
        train.train(wrong, data, tmp_path / "run", report=silent)
    assert not (tmp_path / "run").exists()


def test_a_residual_behind_what_has_none() -> None:
    flat = dataclasses.replace(plan(), decoder=dataclasses.replace(plan().decoder, widths=()))
    for wrong in (
        dataclasses.replace(recipe(kind="beta"), residual=RESIDUAL),
        dataclasses.replace(recipe(kind="normal"), residual=RESIDUAL),
        flat,
    ):
        with pytest.raises(InputError, match="needs a bernoulli latent, and a decoder of clouds with hidden"):
            build(wrong)


@pytest.mark.parametrize("options", [{"prefixes": [8]}, {"default": 4}, {"prefixes": [16], "default": 8}])
def test_prefixes_that_are_none(options: dict[str, Any], data: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="latent: "):
        train.train(plan(**options), data, tmp_path / "run", report=silent)
    assert not (tmp_path / "run").exists()


def test_tuning_makes_it_better(trained: Path, data: Path, frozen: Model, held_out: Any) -> None:
    """Network, basis and levels trained together, behind the same encoder."""
    tensors, state = checkpoint.read(trained)
    state.recipe["residual"] |= {"tuning": 60, "rate": 1e-3}
    path = trained.with_name("tuned.safetensors")
    save_file(tensors, path, metadata={"state": state.to_json()})
    lines: list[str] = []
    tuned = Model(load_model(freeze(path, data, report=lines.append)))
    assert lines == ["residual: fitting 8 components to 40 clouds"]
    np.testing.assert_array_equal(tuned.encode(held_out), frozen.encode(held_out))
    for bits in (24, 32):
        before = measured(frozen, held_out, encode(frozen, held_out, bits=bits))
        assert measured(tuned, held_out, encode(tuned, held_out, bits=bits)) < before
    assert load_model(freeze(path, data)).sha256 == tuned.file.sha256
