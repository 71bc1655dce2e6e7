"""Shorter files from longer ones, without a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.errors import FormatError, InputError, ModelNotFound
from pcbin.formats import pcb
from pcbin.formats.model_file import dump_model
from tests.cell_helpers import random_model

CELLS = random_model()


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


@pytest.fixture
def mixed(installed: str, models_folder: Path, cloud: Any, tmp_path: Path) -> Path:
    """An archive of nested codes of 64 bits and cell codes of up to 1,024, some of them turned and named."""
    (models_folder / "cells.safetensors").write_bytes(
        dump_model(CELLS.file.model, CELLS.info, CELLS.file.tensors)
    )
    path = tmp_path / "mixed.pcb"
    codecs = pcbin.Codec(installed, bits=64, warn=False), pcbin.Codec("cells", bits=1024, warn=False)
    options: dict[str, Any] = {"model_id": CELLS.id, "code_bits": 1024, "pose": "float64", "mixed": True}
    with pcb.create_archive(path, rotated=True, metadata={"of": "six"}, **options) as writer:
        for seed in range(6):
            codec = codecs[seed % 2]
            single = pcb.loads(codec.encode(cloud(seed=seed, center=(seed, 2, 3)), metadata={"n": seed}))
            assert single.pose is not None
            pose = replace(single.pose, rotation=(0.5, -0.5, 0.5, 0.5) if seed > 3 else None)
            writer.add(pcb.Record(single.code, pose, single.metadata, codec.model.id))
    return path


def test_an_archive_of_mixed_codes(mixed: Path) -> None:
    """Cell codes are coded anew; shorter codes stay."""
    bits = 640
    small = pcbin.truncate(mixed.read_bytes(), bits)
    with pcb.ArchiveReader(mixed) as old, pcb.ArchiveReader(BytesIO(small)) as new:
        new.verify()
        assert (new.code_bits, new.metadata, new.models()) == (bits, old.metadata, old.models())
        before, after = list(old), list(new)
    assert [one.code for one in after[::2]] == [one.code for one in before[::2]]
    assert all(
        len(cut.code) <= bits < len(long.code) for cut, long in zip(after[1::2], before[1::2], strict=True)
    )
    assert [(one.pose, one.metadata) for one in after] == [(one.pose, one.metadata) for one in before]
    with pcbin.open(BytesIO(small)) as archive, pcbin.open(mixed) as whole:
        for one, other in zip(archive, whole, strict=True):
            assert pcbin.evaluate(other, one).chamfer < 0.02
    assert pcbin.truncate(small, bits) == small


def test_mixed_codes_of_one_kind_each(mixed: Path, models_folder: Path) -> None:
    """Nested codes among others are cut to their first bits, or are refused where their model cannot."""
    with pcb.ArchiveReader(mixed) as old:
        nested = next(one for one in old if one.model_id != CELLS.id)
        other = pcbin.load_model("tiny").id
        file = BytesIO()
        with pcb.ArchiveWriter(
            file, model_id=CELLS.id, code_bits=128, pose="float64", rotated=True, mixed=True
        ) as writer:
            for record in (nested, replace(nested, model_id=other)):
                writer.add(record)
    data = file.getvalue()
    with pytest.raises(InputError, match="cloud 1: model tiny: its codes are not nested; encode again"):
        pcbin.truncate(data, 32)
    with pytest.raises(InputError, match="cloud 0: bits = 8; codes of model nested have at least 16"):
        pcbin.truncate(data, 8)
    with pcb.ArchiveReader(BytesIO(pcbin.truncate(data, 32, check=False))) as reader:
        assert [one.code for one in reader] == [nested.code[:32]] * 2
    (models_folder / "nested.safetensors").unlink()
    with pytest.raises(ModelNotFound, match=r"cloud 0: .* not installed"):
        pcbin.truncate(data, 32)


def test_too_few_bits_for_cells(mixed: Path) -> None:
    with pytest.raises(InputError, match="cloud 1: bits = 32: not even the coarsest cells"):
        pcbin.truncate(mixed.read_bytes(), 32)


def test_an_archive_of_cell_codes_of_one_length(mixed: Path) -> None:
    with pcb.ArchiveReader(mixed) as old:
        one = old[1]
    file = BytesIO()
    options: dict[str, Any] = {"pose": "float64", "rotated": True, "mixed": True}
    with pcb.ArchiveWriter(file, model_id=CELLS.id, code_bits=len(one.code), **options) as writer:
        writer.add(one)
        writer.add(one)
    with pcb.ArchiveReader(BytesIO(pcbin.truncate(file.getvalue(), 640))) as reader:
        first, second = (record.code for record in reader)
    assert first == second
    assert len(first) <= 640 < len(one.code)


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
