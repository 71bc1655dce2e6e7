"""Runs that an earlier version began go on, and freeze to the model that they froze to then."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from image_helpers import write_npz

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")

from safetensors import safe_open  # noqa: E402

from pcbin.formats.model_file import load_model  # noqa: E402
from pcbin.training import checkpoint, train  # noqa: E402
from pcbin.training.checkpoint import RunState  # noqa: E402
from pcbin.training.freeze import freeze  # noqa: E402

GOLDEN = Path(__file__).parents[1] / "golden" / "checkpoints"
torch.set_num_threads(1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """What the recipes of the checkpoints name."""
    clouds = np.random.default_rng(0).uniform(-0.3, 0.3, (20, 32, 3))
    np.savez(tmp_path / "clouds.npz", points=clouds)
    write_npz(tmp_path / "set.npz")
    return tmp_path


@pytest.mark.parametrize("name", ["clouds", "images"])
def test_it_is_resumed(name: str, data: Path) -> None:
    """Nested codes of clouds, and a mixture of codes of images that was fitted before."""
    path = data / "run" / train.CHECKPOINT
    path.parent.mkdir()
    shutil.copy(GOLDEN / f"{name}.safetensors", path)
    before = checkpoint.read(path)
    plan = before.state.plan(str(path))
    said: list[str] = []
    assert train.train(plan, data, path.parent, report=said.append) == path
    assert said[0] == f"resumed at step {before.state.step}"
    after = checkpoint.read(path)
    assert (before.state.step, after.state.step) == (8, plan.train.steps)
    assert after.state.recipe == before.state.recipe
    assert after.tensors.keys() == before.tensors.keys()
    for tensor, old in ((after.tensors[n], before.tensors[n]) for n in after.tensors):
        assert (tensor.shape, tensor.dtype) == (old.shape, old.dtype)
    assert any(not torch.equal(after.tensors[n], before.tensors[n]) for n in before.tensors)


def test_it_freezes_to_the_same_model() -> None:
    """Rounding to half precision is exact, so the hash is the same everywhere."""
    file = load_model(freeze(GOLDEN / "clouds.safetensors", None))
    assert file.sha256 == "78c6c4b4e2ea361f30527d40552cd2cb84e474a1361390904d967f7be286ebf5"
    assert set(load_model(freeze(GOLDEN / "images.safetensors", None)).model) == {
        "bits", "bit_values", "normalisation", "image", "encoder", "decoder", "mixture",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["clouds", "images"])
def test_the_state_is_written_as_it_was(name: str) -> None:
    with safe_open(GOLDEN / f"{name}.safetensors", framework="pt") as file:
        text = file.metadata()["state"]
    assert RunState.from_json(text).to_json() == text
