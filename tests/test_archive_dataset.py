"""Archives as datasets: by number, in batches, and by torch's loaders with workers."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin import ArchiveDataset
from pcbin.errors import InputError, ModelNotFound


@pytest.fixture
def path(tmp_path: Path, cloud: Callable[..., Any], tiny_path: Path) -> Path:
    """Ten clouds with labels, the last without."""
    path = tmp_path / "a.pcb"
    with pcbin.open(path, "w", model="tiny", effort=0, warn=False) as archive:
        for seed in range(10):
            archive.append(cloud(seed=seed, center=(5, 0, 0)), {"label": seed % 3} if seed < 9 else {})
    return path


def half(points: Any) -> Any:
    return points[:32] / 2


def test_items(path: Path) -> None:
    clouds = ArchiveDataset(path)
    assert len(clouds) == 10
    with pcbin.open(path) as archive:
        wanted = list(archive.codec.restore(archive.codes()))
        np.testing.assert_array_equal(clouds.__getitems__(range(10)), wanted)
        np.testing.assert_allclose(clouds[-1], wanted[9], atol=1e-4)
        assert clouds[3].dtype == np.float32
        placed = ArchiveDataset(path, pose=True)[3]
        np.testing.assert_allclose(placed, archive[3], atol=1e-4)
        assert placed.dtype == np.float64
    found = ArchiveDataset(path, n_points=100, spacing="model", label="label", transform=len)
    assert found.__getitems__([7, 2]) == [(100, 1), (100, 2)]
    np.testing.assert_allclose(ArchiveDataset(path, transform=half)[0], wanted[0][:32] / 2, atol=1e-4)
    with pytest.raises(IndexError):
        clouds[10]
    with pytest.raises(InputError, match="object 9 has no 'label'"):
        found[9]


def test_pickles_are_light(path: Path, tiny_path: Path) -> None:
    clouds = ArchiveDataset(path, n_points=70)
    first = clouds[0]
    data = pickle.dumps(clouds)
    assert len(data) < 500
    again = pickle.loads(data)
    np.testing.assert_array_equal(again[0], first)
    assert len(again) == 10
    tiny_path.unlink()
    with pytest.raises(ModelNotFound):
        pickle.loads(data)[0]


def test_refused(path: Path) -> None:
    with path.open("rb") as file, pytest.raises(InputError, match="pass its path"):
        ArchiveDataset(file)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        ArchiveDataset("nothing.pcb")


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_loaders_with_workers(path: Path, start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    clouds: Any = ArchiveDataset(path)
    wanted = np.stack(clouds.__getitems__(range(10)))
    if start == "spawn":  # a worker of its own Python finds the shipped models, not those of this test
        clouds = ArchiveDataset(path, model=pcbin.load_model("tiny"))
    monkeypatch.chdir(path.parents[1])
    loader = torch.utils.data.DataLoader(
        clouds, batch_size=4, num_workers=2, multiprocessing_context=start, persistent_workers=True
    )
    for _ in range(2):
        batches = list(loader)
        assert [tuple(one.shape) for one in batches] == [(4, 64, 3), (4, 64, 3), (2, 64, 3)]
        np.testing.assert_allclose(torch.cat(batches).numpy(), wanted, atol=1e-4)
    subset = torch.utils.data.Subset(clouds, [5, 3])
    [pair] = torch.utils.data.DataLoader(subset, batch_size=2)
    np.testing.assert_allclose(pair.numpy(), wanted[[5, 3]], atol=1e-4)
