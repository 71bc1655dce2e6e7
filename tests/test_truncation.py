"""Shorter files from longer ones, without a network."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.errors import FormatError, InputError, ModelNotFound
from pcbin.formats import pcb
from pcbin.formats.model_file import dump_model


@pytest.fixture
def installed(model_parts: Callable[..., Any], models_folder: Path) -> str:
    """A nested model under the name 'nested', and one that is not, 'tiny'."""
    parts = model_parts(bits=64, nested=(16, 32), name="nested")
    (models_folder / "nested.safetensors").write_bytes(dump_model(*parts))
    (models_folder / "tiny.safetensors").write_bytes(dump_model(*model_parts()))
    return "nested"


@pytest.mark.parametrize("pose", [True, False])
@pytest.mark.parametrize("bits", [16, 24, 64])
def test_a_single_file(bits: int, pose: bool, installed: str, cloud: Any) -> None:
    """It is the file that encoding at that length gives, where nothing is searched."""
    points, note = cloud(center=(5e5, 4e6, 10)), {"name": "a"}
    options: dict[str, Any] = {"model": installed, "effort": 0, "pose": pose, "metadata": note}
    whole = pcbin.compress(points, bits=64, **options)
    assert pcbin.truncate(whole, bits) == pcbin.compress(points, bits=bits, **options)


def test_an_archive(installed: str, cloud: Any, tmp_path: Path) -> None:
    path = tmp_path / "all.pcb"
    clouds = [cloud(seed=seed) for seed in range(5)]
    notes = [{"name": "0"}, None, {"name": "2"}, None, None]
    with pcbin.open(path, "w", model=installed, bits=64, metadata={"of": "five"}) as archive:
        archive.extend(clouds, notes)
    small = pcbin.truncate(path.read_bytes(), 24)
    with pcb.ArchiveReader(path) as old, pcb.ArchiveReader(BytesIO(small)) as new:
        new.verify()
        np.testing.assert_array_equal(new.codes(), old.codes()[:, :3])
        assert new.metadata == {"of": "five"}
        assert [r.metadata for r in new] == [r.metadata for r in old]
        for mine, theirs in zip(new.poses() or (), old.poses() or (), strict=True):
            np.testing.assert_array_equal(mine, theirs)
    with pcbin.open(BytesIO(small)) as archive:
        assert archive[4].shape == (64, 3)


def test_an_empty_archive(installed: str, tmp_path: Path) -> None:
    path = tmp_path / "none.pcb"
    with pcbin.open(path, "w", model=installed, bits=64):
        pass
    with pcb.ArchiveReader(BytesIO(pcbin.truncate(path.read_bytes(), 16))) as reader:
        assert (len(reader), reader.code_bits) == (0, 16)


@pytest.mark.parametrize("bits", [0, 8, 12, 72, 16.0, "16"])
def test_lengths_that_are_not_there(bits: Any, installed: str, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model=installed, bits=64)
    with pytest.raises(InputError, match="bits"):
        pcbin.truncate(data, bits)


def test_codes_that_are_not_nested(installed: str, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model="tiny")
    with pytest.raises(InputError, match="not nested"):
        pcbin.truncate(data, 8)
    assert len(pcb.loads(pcbin.truncate(data, 8, check=False)).code) == 8


def test_a_model_that_is_not_there(nested: Any, models_folder: Path, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model=nested)
    with pytest.raises(ModelNotFound, match="--unchecked"):
        pcbin.truncate(data, 16)
    assert len(pcb.loads(pcbin.truncate(data, 16, check=False)).code) == 16


def test_no_weights_are_read(
    installed: str, cloud: Any, models_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = pcbin.compress(cloud(), model=installed)
    monkeypatch.setattr("pcbin.models.zoo.read_file", lambda *_: pytest.fail("weights were read"))
    pcbin.truncate(data, 16)


@pytest.mark.parametrize("data", [b"", b"nothing of ours", b"\x89PCB"])
def test_damaged_data(data: bytes) -> None:
    with pytest.raises(FormatError):
        pcbin.truncate(data, 16)
