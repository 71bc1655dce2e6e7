"""A frozen model decodes as the trained network does, and is named by its function."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pcbin._version import __version__  # noqa: E402
from pcbin.errors import InputError  # noqa: E402
from pcbin.formats.model_file import canonical, identity, load_model  # noqa: E402
from pcbin.models.model import Model  # noqa: E402
from pcbin.training import checkpoint, recipe, train  # noqa: E402
from pcbin.training.batches import first_points  # noqa: E402
from pcbin.training.build import load  # noqa: E402
from pcbin.training.entropy_fit import fit_table  # noqa: E402
from pcbin.training.freeze import freeze  # noqa: E402
from pcbin.training.tasks.clouds import load_data  # noqa: E402

POINTS = 64
torch.set_num_threads(1)  # threads only wait for each other on networks this small


def plan(kind: str) -> recipe.Recipe:
    table = {
        "name": "blobs",
        "description": "for a test",
        "license": "CC0",
        "data": [{"path": "blobs.npz", "validation": 0.25}],
        "encoder": {"point_widths": [16, 32], "widths": [32]},
        "latent": {"kind": kind, "size": 16},
        "decoder": {"entrance": 12 * (kind == "beta"), "widths": [32], "blocks": 1, "points": POINTS},
        "train": {
            "steps": 25,
            "batch": 8,
            "rate": 5e-3,
            "points": 80,
            "encoder_points": 60,
            "validate_every": 25,
        },
    }
    return recipe.parse(table, "test")


@pytest.fixture(scope="module", params=["bernoulli", "beta"])
def trained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, cloud: Any
) -> tuple[str, Path]:
    """Kind and checkpoint; the data lies beside the run."""
    data = tmp_path_factory.mktemp(request.param)
    points = np.stack([cloud(90, seed=s) for s in range(24)])
    points /= np.linalg.norm(np.ptp(points, axis=1), axis=1)[:, None, None]
    np.savez(
        data / "blobs.npz", points=points - (points.max(1, keepdims=True) + points.min(1, keepdims=True)) / 2
    )
    return request.param, train.train(plan(request.param), data, data / "run", report=lambda _: None)


def test_same_codes_and_points(trained: tuple[str, Path], cloud: Any) -> None:
    _, path = trained
    model = Model(load_model(freeze(path, None)))
    network = load(path).autoencoder
    latent = network.latent
    clouds = np.stack([cloud(80, seed=s) for s in range(40)]).astype(np.float32) * np.float32(0.5)
    with torch.no_grad():
        params = network.encode(torch.from_numpy(clouds))
        logits = latent.logits(params).numpy()
        scale = np.abs(logits).max()
        np.testing.assert_allclose(model.logits(clouds), logits, atol=4e-3 * scale)
        bits = latent.binary(params)
        codes = model.encode(clouds)
        mine = np.unpackbits(codes, axis=-1, bitorder="little").astype(bool)
        clear = np.abs(logits) > 4e-3 * scale
        assert clear.mean() > 0.8
        np.testing.assert_array_equal(mine[clear], (logits > 0)[clear])
        same = (mine == (logits > 0)).all(axis=1)
        assert same.any()
        decoded = network.decode(bits).numpy()[same]
    np.testing.assert_allclose(model.decode(codes)[same], decoded, atol=4e-3)


def test_beta_keeps_what_its_bits_hang_on(trained: tuple[str, Path]) -> None:
    kind, path = trained
    file = load_model(freeze(path, None))
    weights = checkpoint.read(path).group("averaged")
    out, bias = weights["encoder/out/weight"].numpy(), weights["encoder/out/bias"].numpy()
    if kind == "beta":
        assert out.shape == (32, 32)
        out, bias = out[:16], bias[:16]
    np.testing.assert_array_equal(file.tensors["encoder/out/weight"], out.astype(np.float16))
    np.testing.assert_array_equal(file.tensors["encoder/out/bias"], bias.astype(np.float16))
    assert file.model["encoder"][-1]["outputs"] == 16
    assert file.model["bit_values"] == ([0.0, 1.0] if kind == "beta" else [-1.0, 1.0])


def test_what_the_file_says(trained: tuple[str, Path]) -> None:
    kind, path = trained
    file = load_model(freeze(path, path.parents[1], name="other"))
    assert set(file.model) == {
        "bits",
        "points",
        "encoder_points",
        "normalisation",
        "bit_values",
        "encoder",
        "decoder",
        "entropy",
    }
    assert (file.model["bits"], file.model["points"], file.model["encoder_points"]) == (16, POINTS, 80)
    assert file.info["name"] == "other"
    assert (file.info["description"], file.info["license"]) == ("for a test", "CC0")
    assert (file.info["pcbin"], file.info["steps"]) == (__version__, 25)
    assert file.info["recipe"]["latent"]["kind"] == kind
    assert file.info["training_set"] == [{"path": "blobs.npz", "clouds": 18}]
    types = {name: tensor.dtype for name, tensor in file.tensors.items()}
    assert types.pop("entropy/weights") == np.uint32
    assert types.pop("entropy/means") == np.uint16
    assert set(types.values()) == {np.dtype(np.float16)}
    assert "entropy" not in load_model(freeze(path, None)).model
    for part in ("training", "validation"):
        values = file.info["chamfer_e3"][part]["blobs.npz"]
        assert 0 < values["p1"] <= values["p50"] <= values["p99"]
        assert values["p1"] <= values["mean"] <= values["p99"]
    assert load_model(freeze(path, None)).info["name"] == "blobs"
    assert "chamfer_e3" not in load_model(freeze(path, None)).info


def test_the_range_is_what_evaluate_says(trained: tuple[str, Path]) -> None:
    """The figure that `encode` compares with is the same measure."""
    from pcbin.codec import Codec
    from pcbin.evaluation import evaluate

    kind, path = trained
    file = load_model(freeze(path, path.parents[1]))
    codec = Codec(Model(file), effort=0)
    _, validation = load_data(plan(kind), path.parents[1])
    found = []
    for points in validation["blobs.npz"][:, :80].astype(np.float64):
        found.append(evaluate(points, codec.decode(codec.encode(points))).chamfer_e3)
    assert np.median(found) == pytest.approx(
        file.info["chamfer_e3"]["validation"]["blobs.npz"]["p50"], rel=1e-3
    )


def test_freezing_twice_gives_the_same_bytes(trained: tuple[str, Path]) -> None:
    _, path = trained
    assert freeze(path, path.parents[1]) == freeze(path, path.parents[1])


def test_the_identity_is_that_of_the_function(trained: tuple[str, Path]) -> None:
    """Another name or another description is the same model; any changed weight is another."""
    _, path = trained
    file = load_model(freeze(path, None))
    assert load_model(freeze(path, None, name="other")).id == file.id
    assert load_model(freeze(path, path.parents[1])).id != file.id  # it also has an entropy table
    seen = {file.sha256}
    for name, tensor in file.tensors.items():
        changed = tensor.copy()
        changed.flat[-1] = np.nextafter(changed.flat[-1], np.float16(np.inf))
        seen.add(identity(canonical(file.model), {**file.tensors, name: changed}))
    assert len(seen) == 1 + len(file.tensors)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e6])
def test_weights_that_half_precision_cannot_hold(
    value: float, trained: tuple[str, Path], tmp_path: Path
) -> None:
    """A run that diverged, or grew beyond 65504: said when freezing, not seen when decoding."""
    from safetensors.torch import save_file

    tensors, state = checkpoint.read(trained[1])
    tensors["averaged/decoder/out/bias"][3] = value

    save_file(tensors, tmp_path / "bad.safetensors", metadata={"state": state.to_json()})
    with pytest.raises(InputError, match=r"decoder/out/bias.*half precision"):
        freeze(tmp_path / "bad.safetensors", None)


def test_a_checkpoint_without_its_recipe(trained: tuple[str, Path], tmp_path: Path) -> None:
    from safetensors.torch import save_file

    tensors, _ = checkpoint.read(trained[1])
    for metadata in ({"state": "{}"}, {"state": "[]"}, {}):
        save_file(tensors, tmp_path / "bad.safetensors", metadata=metadata)
        with pytest.raises(InputError, match="not a checkpoint of pcbin"):
            freeze(tmp_path / "bad.safetensors", None)


def test_the_entropy_table_is_of_the_training_clouds(trained: tuple[str, Path]) -> None:
    _, path = trained
    model = Model(load_model(freeze(path, path.parents[1])))
    assert model.entropy_table is not None
    sets, _ = load_data(plan(trained[0]), path.parents[1])
    codes = np.concatenate([model.encode(cloud[None]) for cloud in first_points(sets[0].points, 80)])
    assert model.entropy_table.cost(codes).mean() < 16
    np.testing.assert_array_equal(model.entropy_table.means, fit_table(codes).means)


def test_sets_without_weight_have_no_codes_in_the_table(cloud: Any, tmp_path: Path) -> None:
    """They are there for validation alone."""
    np.savez(tmp_path / "blobs.npz", points=np.stack([cloud(90, seed=s) for s in range(12)]))
    np.savez(tmp_path / "others.npz", points=np.stack([cloud(90, seed=s) for s in range(20, 30)]))
    few = plan("bernoulli")
    sets = (*few.data, replace(few.data[0], path="others.npz", weight=0.0, validation=0.5))
    wanted = replace(few, data=sets, train=replace(few.train, steps=1))
    run = train.train(wanted, tmp_path, tmp_path / "run", report=lambda _: None)
    model = Model(load_model(freeze(run, tmp_path)))
    assert model.entropy_table is not None
    learned, _ = load_data(few, tmp_path)
    codes = np.concatenate([model.encode(cloud[None]) for cloud in first_points(learned[0].points, 80)])
    np.testing.assert_array_equal(model.entropy_table.means, fit_table(codes).means)
