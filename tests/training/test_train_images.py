"""Image recipes of every latent: trained, killed and resumed across a mixture's first fit, and frozen."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_helpers import HEIGHT, WIDTH, patterns, table, write_npz

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from torch import nn  # noqa: E402

from pcbin.codec import Codec  # noqa: E402
from pcbin.errors import InputError  # noqa: E402
from pcbin.formats.model_file import load_model  # noqa: E402
from pcbin.models.model import Model  # noqa: E402
from pcbin.training import checkpoint, train  # noqa: E402
from pcbin.training.build import build, load  # noqa: E402
from pcbin.training.freeze import freeze  # noqa: E402
from pcbin.training.latents import KINDS  # noqa: E402
from pcbin.training.latents.bernoulli_mixture import BernoulliMixture  # noqa: E402
from pcbin.training.latents.gaussian_mixture import GaussianMixture  # noqa: E402
from pcbin.training.objective import Objective  # noqa: E402
from pcbin.training.optimisation import learning_rate  # noqa: E402
from pcbin.training.recipe import Recipe, parse  # noqa: E402
from pcbin.training.tasks import ImageTask  # noqa: E402

torch.set_num_threads(1)  # threads only wait for each other on networks this small
MIXTURES = ["gaussian-mixture", "bernoulli-mixture"]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    write_npz(folder / "set.npz")
    return folder


def plan(kind: str, **training: Any) -> Recipe:
    return parse(table(kind, **training), "test")


def run(recipe: Recipe, data: Path, folder: Path) -> Path:
    return train.train(recipe, data, folder, report=lambda _: None)


def log_of(folder: Path) -> list[dict[str, str]]:
    """The lines without the times."""
    with (folder / "log.csv").open(newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def same(a: Path, b: Path) -> bool:
    mine, other = checkpoint.read(a).tensors, checkpoint.read(b).tensors
    return mine.keys() == other.keys() and all(torch.equal(mine[n], other[n]) for n in mine)


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns(kind: str, data: Path, tmp_path: Path) -> None:
    path = run(plan(kind, steps=60, batch=16, validate_every=20), data, tmp_path / "run")
    log = log_of(path.parent)
    assert [row["step"] for row in log] == ["20", "40", "60"]
    assert float(log[-1]["nll"]) < 0.9 * float(log[0]["nll"])
    scores = json.loads(log[-1]["validation"])["set.npz"]
    assert scores["nll"] < float(log[0]["nll"])
    assert scores["psnr"] > json.loads(log[0]["validation"])["set.npz"]["psnr"]
    terms = json.loads(log[-1]["terms"])
    wanted = {"term z"} | ({"term c"} if kind in MIXTURES else {"term y"} if "labelled" in kind else set())
    assert set(terms) == (set() if kind == "deterministic" else wanted)
    assert float(log[-1]["kl"]) == pytest.approx(sum(terms.values()), abs=1e-3)


@pytest.mark.parametrize("kind", MIXTURES)
def test_the_mixture_is_fitted_once_behind_the_first_part(
    kind: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to there it takes no part; then it is that of what the encoder gives for the training set."""
    cls: Any = {"gaussian-mixture": GaussianMixture, "bernoulli-mixture": BernoulliMixture}[kind]
    recipe, seen, fit = plan(kind, validate_every=1), [], cls.fit_prior

    def fit_prior(self: Any, params: Any) -> None:
        before = {name: p.clone() for name, p in self.named_parameters()}
        fit(self, params)
        after = {n: nn.Parameter(p.detach().clone(), p.requires_grad) for n, p in self.named_parameters()}
        seen.append((before, params, after))

    torch.manual_seed(recipe.train.seed)
    untrained = dict(build(recipe).latent.named_parameters())
    with monkeypatch.context() as patch:
        patch.setattr(cls, "fit_prior", fit_prior)
        path = run(recipe, data, tmp_path / "run")
    [(before, params, after)] = seen
    assert params.shape == (64, 8 * cls.per_dimension)
    for name, parameter in untrained.items():
        assert torch.equal(before[name], parameter)
        assert not torch.equal(after[name], parameter)
    terms = [json.loads(row["terms"]) for row in log_of(path.parent)]
    assert [set(found) for found in terms] == [set()] * 6 + [{"term z", "term c"}] * 6
    # what is saved moved on from the fit, and the running mean began at it
    tensors = checkpoint.read(path).tensors
    for name, parameter in after.items():
        for kind_of in ("weights", "averaged"):
            found = tensors[f"{kind_of}/latent.{name}"]
            assert torch.equal(found, parameter) != parameter.requires_grad
            assert float((found - parameter).detach().abs().max()) < 0.2
    assert float(tensors["step/latent.weight_logits"]) == 6
    assert float(tensors["step/encoder/out/weight"]) == 12


class Killed(BaseException):
    pass


@pytest.mark.parametrize("kind", MIXTURES)
@pytest.mark.parametrize("last", [4, 5, 6, 7, 9])
def test_killed_and_resumed(
    kind: str, last: int, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint is of step `last`, the kill two steps later; the mixture is fitted before step 6."""
    whole = run(plan(kind), data, tmp_path / "whole")
    genuine_save, genuine_forward = checkpoint.save, Objective.forward
    steps = 0

    def save(path: Path, network: Any, averaged: Any, optimiser: Any, state: Any, *others: Any) -> None:
        if state.step <= last:
            genuine_save(path, network, averaged, optimiser, state, *others)

    def forward(*arguments: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps > last + 2:
            raise Killed
        return genuine_forward(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(train, "SAVE_EVERY_S", -1.0)
        patch.setattr(checkpoint, "save", save)
        patch.setattr(Objective, "forward", forward)
        with pytest.raises(Killed):
            run(plan(kind), data, tmp_path / "killed")
    killed = tmp_path / "killed" / "checkpoint.safetensors"
    assert checkpoint.read(killed).state.step == last
    said: list[str] = []
    train.train(plan(kind), data, tmp_path / "killed", report=said.append)
    assert said[0] == f"resumed at step {last}"
    assert ("step 6: the mixture is fitted" in said) == (last <= 6)
    assert same(killed, whole)
    assert log_of(killed.parent) == log_of(whole.parent)


@pytest.fixture(scope="module", params=["bernoulli-mixture", "bernoulli", "beta"])
def trained(request: pytest.FixtureRequest, data: Path) -> tuple[str, Path]:
    """Kind and checkpoint."""
    recipe = plan(request.param, steps=40, batch=16, validate_every=40)
    return request.param, run(recipe, data, data / request.param)


def test_frozen_codes_and_images(trained: tuple[str, Path]) -> None:
    _, path = trained
    model = Model(load_model(freeze(path, None)))
    network = load(path).autoencoder
    latent = network.latent
    assert (model.bits, model.image, model.points, model.encoder_points) == (8, (HEIGHT, WIDTH), 0, 0)
    assert f"image={HEIGHT}x{WIDTH}" in repr(model)
    images = (patterns(60, 9)[0] / 255).astype(np.float32)
    with torch.no_grad():
        params = network.encode(torch.from_numpy(images))
        logits, bits = latent.logits(params).numpy(), latent.binary(params)
        pixels = torch.sigmoid(network.decode(bits)).numpy()
    scale = np.abs(logits).max()
    np.testing.assert_allclose(model.logits(images), logits, atol=4e-3 * scale)
    codes = model.encode(images)
    mine = np.unpackbits(codes, axis=1, bitorder="little").astype(bool)
    clear = np.abs(logits) > 4e-3 * scale
    assert clear.mean() > 0.8
    np.testing.assert_array_equal(mine[clear], (logits > 0)[clear])
    assert len(np.unique(codes)) > 1
    alike = (mine == (logits > 0)).all(axis=1)
    assert alike.mean() > 0.5
    decoded = model.decode(codes)
    assert decoded.shape == images.shape
    np.testing.assert_allclose(decoded[alike], pixels[alike], atol=4e-3)


def test_an_encoder_with_a_layer_norm(data: Path, tmp_path: Path) -> None:
    """It is trained and frozen like any other."""
    table_ = table("bernoulli", steps=20)
    table_["encoder"]["norm"] = True
    path = run(parse(table_, "test"), data, tmp_path / "run")
    model = Model(load_model(freeze(path, None)))
    assert [layer["op"] for layer in model.file.model["encoder"]] == [
        "pixels", "linear", "layer_norm", "relu", "linear",
    ]  # fmt: skip
    network = load(path).autoencoder
    images = (patterns(30, 9)[0] / 255).astype(np.float32)
    with torch.no_grad():
        params = network.encode(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(model.logits(images), params, atol=1e-2 * np.abs(params).max())


def test_frozen_model_in_the_codec(trained: tuple[str, Path], data: Path) -> None:
    """What validation says is what a user gets, but for pixels that are rounded to bytes."""
    from pcbin.metrics import image_psnr

    kind, path = trained
    codec = Codec(Model(load_model(freeze(path, None))), effort=0)
    held = ImageTask(plan(kind), data).validation["set.npz"]
    decoded: Any = np.stack([codec.decode(codec.encode(image)) for image in held])
    assert decoded.dtype == np.uint8
    psnr = image_psnr(held / 255, decoded / 255).mean()
    validation = checkpoint.read(path).state.validation
    assert validation is not None
    said = validation["set.npz"]["psnr"]
    assert psnr == pytest.approx(said, abs=0.3)  # a bit at its threshold may fall to the other side


def test_frozen_mixture(trained: tuple[str, Path]) -> None:
    """The model carries the latent's mixture, of the averaged weights; other latents have none."""
    kind, path = trained
    model = Model(load_model(freeze(path, None)))
    if kind != "bernoulli-mixture":
        assert model.mixture is None
        assert "mixture" not in model.file.model
        return
    latent: Any = load(path).autoencoder.latent
    assert model.file.model["mixture"] == {"components": 4}
    assert model.mixture is not None
    for found, wanted in zip(model.mixture, latent.mixture(), strict=True):
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, wanted.numpy().astype(np.float64))
    assert model.file.tensors["mixture/means"].dtype == np.float32


def test_what_the_file_of_an_image_model_says(trained: tuple[str, Path], data: Path) -> None:
    kind, path = trained
    file = load_model(freeze(path, data))
    wanted = {"bits", "bit_values", "normalisation", "image", "encoder", "decoder", "entropy"}
    assert set(file.model) == wanted | ({"mixture"} if "mixture" in kind else set())
    assert (file.model["normalisation"], file.model["image"]) == ("pixels", [HEIGHT, WIDTH])
    assert [layer["op"] for layer in file.model["decoder"][-2:]] == ["sigmoid", "image"]
    assert file.info["training_set"] == [{"path": "set.npz", "images": 64}]
    alone = load_model(freeze(path, None))
    assert set(alone.model) == set(file.model) - {"entropy"}


def test_codes_of_images_are_entropy_coded(
    trained: tuple[str, Path], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a table of the training images' codes, exactly, in fewer bits than the codes have."""
    import pcbin
    from pcbin.training.entropy_fit import fit_table

    monkeypatch.setattr("pcbin.training.tasks.images.BATCH_SIZE", 50)  # in several parts
    kind, path = trained
    model = Model(load_model(freeze(path, data)))
    assert model.entropy_table is not None
    pixels = ImageTask(plan(kind), data).pixels
    codes = Codec(model).codes(pixels)[0]
    np.testing.assert_array_equal(model.entropy_table.means, fit_table(codes).means)
    held = patterns(400, 3)[0]
    assert model.entropy_table.cost(Codec(model).codes(held)[0]).mean() < 7.5
    sizes = []
    for entropy in (False, True):
        file = tmp_path / f"{entropy}.pcb"
        with pcbin.open(file, "w", model=model, entropy=entropy) as archive:
            archive.extend(held)
        with pcbin.open(file, model=model) as archive:
            np.testing.assert_array_equal(archive.codes(), Codec(model).codes(held)[0])
        sizes.append(file.stat().st_size)
    assert sizes[1] <= sizes[0]


def test_collapsed_mixture_can_be_frozen(data: Path, tmp_path: Path) -> None:
    """What float32 would round to 0 and 1 stays inside, or no reader would take the file."""
    from safetensors.torch import save_file

    recipe = plan("bernoulli-mixture", steps=1)
    path = run(recipe, data, tmp_path / "run")
    tensors, state = checkpoint.read(path)
    tensors["averaged/latent.weight_logits"] = torch.tensor([0.0, 500.0, 0.0, 0.0])
    tensors["averaged/latent.bit_logits"][:2] = torch.tensor([[300.0], [-300.0]])
    save_file(tensors, tmp_path / "collapsed.safetensors", metadata={"state": state.to_json()})
    mixture = Model(load_model(freeze(tmp_path / "collapsed.safetensors", None))).mixture
    assert mixture is not None
    assert mixture[0].min() > 0
    assert 0 < mixture[1].min() < mixture[1].max() < 1


def test_checkpoint_from_before_the_steps_were_kept(data: Path, tmp_path: Path) -> None:
    """All parameters had made as many as the run: true then, as no mixture waited for its fit."""
    from safetensors.torch import save_file

    tensors, state = checkpoint.read(run(plan("bernoulli", steps=7), data, tmp_path / "begun"))
    state.recipe["train"]["steps"] = 12
    old = {name: tensor for name, tensor in tensors.items() if not name.startswith("step/")}
    assert len(old) < len(tensors)
    ends = []
    for kept, name in ((tensors, "new"), (old, "old")):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "checkpoint.safetensors"
        save_file(kept, path, metadata={"state": state.to_json()})
        ends.append(run(plan("bernoulli"), data, tmp_path / name))
    assert checkpoint.read(ends[0]).state.step == 12
    assert same(*ends)


def test_a_mixture_that_is_not_fitted_is_not_frozen(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(line: str) -> None:
        if "step 5/" in line:
            raise Killed

    monkeypatch.setattr(train, "SAVE_EVERY_S", -1.0)
    with pytest.raises(Killed):
        train.train(parse(table("bernoulli-mixture"), "test"), data, tmp_path / "run", report=killed)
    with pytest.raises(InputError, match="not fitted yet"):
        freeze(tmp_path / "run" / train.CHECKPOINT, data)


def test_stairs() -> None:
    """Poster B: every so many steps a part of the rate is left, down to the final one; warm-up before."""
    t = plan("bernoulli", rate=1.0, final_rate=0.2, warmup=4, steps=100, decay_every=10, decay=0.5).train
    rates = [learning_rate(step, t) for step in range(100)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert rates[4:14] == [1.0] * 10
    assert rates[14:24] == [0.5] * 10
    assert rates[24:34] == [0.25] * 10
    assert rates[34:] == [0.2] * 66


def test_stairs_of_poster_b() -> None:
    """0.001, times 0.9 every 10 epochs of 469 batches, down to 0.0002."""
    t = plan(
        "bernoulli", rate=1e-3, final_rate=2e-4, warmup=1, decay_every=4690, decay=0.9, steps=93_800
    ).train
    assert learning_rate(1, t) == learning_rate(4690, t) == 1e-3
    assert learning_rate(4691, t) == pytest.approx(9e-4)
    assert learning_rate(1 + 15 * 4690, t) == pytest.approx(1e-3 * 0.9**15)
    assert learning_rate(1 + 16 * 4690, t) == 2e-4
