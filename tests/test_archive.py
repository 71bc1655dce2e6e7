"""Many clouds in one file: `pcbin.open`."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.codec import BATCH_SIZE, Codec
from pcbin.errors import FormatError, InputError, ModelMismatch, ModelNotFound
from pcbin.formats.model_file import dump_model
from pcbin.models.model import Model


@pytest.fixture
def clouds(cloud: Any) -> list[Any]:
    """More than one batch, of several sizes and places."""
    return [cloud(20 + i % 3, seed=i, size=1.0 + i, center=(i, -i, 0.5)) for i in range(BATCH_SIZE + 6)]


@pytest.fixture
def path(tiny_path: Path, clouds: list[Any], tmp_path: Path) -> Path:
    file = tmp_path / "many.pcb"
    with pcbin.open(file, "w", model="tiny", metadata={"set": "test"}) as archive:
        archive.extend(clouds, [{"number": i} if i % 2 else None for i in range(len(clouds))])
    return file


def close_to(found: Any, points: Any, codec: Codec) -> None:
    np.testing.assert_allclose(found, codec.decode(codec.encode(points)), atol=2e-5 * np.ptp(points), rtol=0)


def test_round_trip(path: Path, clouds: list[Any], tiny: Model) -> None:
    codec = Codec(tiny)
    with pcbin.open(path) as archive:
        assert isinstance(archive, pcbin.Archive)
        assert len(archive) == len(clouds)
        assert archive.model_id == tiny.id
        assert archive.bits == 16
        assert archive.metadata == {"set": "test"}
        for found, points in zip(archive, clouds, strict=True):
            close_to(found, points, codec)
        for index in (0, 5, len(clouds) - 1, -1, -len(clouds)):
            close_to(archive[index], clouds[index], codec)
        assert archive.record(3).metadata == {"number": 3}
        assert not archive.record(4).metadata
        assert [r.metadata or None for r in archive.records()][:4] == [
            None,
            {"number": 1},
            None,
            {"number": 3},
        ]


@pytest.mark.parametrize(
    "index", [slice(2, 5), slice(None, None, 30), slice(5, 2), slice(-2, None), slice(4, 1, -1)]
)
def test_slices(index: slice, path: Path, clouds: list[Any], tiny: Model) -> None:
    with pcbin.open(path) as archive:
        found = archive[index]
    assert isinstance(found, list)
    assert len(found) == len(clouds[index])
    for one, points in zip(found, clouds[index], strict=True):
        close_to(one, points, Codec(tiny))


def test_index_out_of_range(path: Path, clouds: list[Any]) -> None:
    with pcbin.open(path) as archive:
        for index in (len(clouds), -len(clouds) - 1):
            with pytest.raises(IndexError):
                archive[index]


def test_codes_need_no_model(path: Path, tiny_path: Path, clouds: list[Any], tiny: Model) -> None:
    tiny_path.unlink()
    codes, poses = Codec(tiny).codes(clouds)
    with pcbin.open(path) as archive:
        np.testing.assert_array_equal(archive.codes(), codes)
        np.testing.assert_array_equal(archive.codes(3, 7), codes[3:7])
        record = archive.record(2)
        assert record.pose is not None
        assert poses[2] is not None
        assert record.pose.center == poses[2].center
        assert record.pose.scale == pytest.approx(poses[2].scale, rel=1e-6)
        assert record.code.tobytes() == codes[2].tobytes()
        with pytest.raises(ModelNotFound, match=tiny.id.hex()):
            archive[0]
    with pcbin.open(path, model=tiny) as archive:
        assert archive[0].shape == (64, 3)


def test_the_wrong_model(path: Path, model_parts: Callable[..., Any], tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes(dump_model(*model_parts(seed=8, name="other")))
    with pcbin.open(path, model=other) as archive:
        assert len(archive.codes()) == len(archive)
        with pytest.raises(ModelMismatch):
            archive[0]
    before = path.read_bytes()
    with pytest.raises(ModelMismatch, match="append with that one, or write a new file"):
        pcbin.open(path, "a", model=other)
    assert path.read_bytes() == before


def test_append(path: Path, clouds: list[Any], tiny: Model, cloud: Any) -> None:
    """The model is found by the hash in the file."""
    with pcbin.open(path, "a") as archive:
        archive.append(cloud(30, seed=99), {"late": True})
    with pcbin.open(path) as archive:
        assert len(archive) == len(clouds) + 1
        close_to(archive[0], clouds[0], Codec(tiny))
        close_to(archive[-1], cloud(30, seed=99), Codec(tiny))
        assert archive.record(len(clouds)).metadata == {"late": True}


def test_append_keeps_to_the_files_way_without_poses(tiny_path: Path, tmp_path: Path, cloud: Any) -> None:
    file = tmp_path / "bare.pcb"
    with pcbin.open(file, "w", model="tiny", pose=False) as archive:
        archive.append(cloud(seed=1, size=50.0))
    with pcbin.open(file, "a") as archive:
        archive.append(cloud(seed=2, center=(9, 9, 9)))
        with pytest.raises(InputError, match="nothing but a position"):
            archive.append([[1, 2, 3]])
    with pcbin.open(file) as archive:
        assert archive.record(0).pose is None
        assert [np.abs(points).max() < 20 for points in archive] == [True, True]
        assert len(archive) == 2


def test_x_never_replaces(path: Path, tmp_path: Path, cloud: Any) -> None:
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"many\.pcb exists; mode 'x' never replaces a file, 'w' does"):
        pcbin.open(path, "x", model="tiny")
    assert path.read_bytes() == before
    with pcbin.open(tmp_path / "new.pcb", "x", model="tiny") as archive:
        archive.append(cloud())
    with pcbin.open(tmp_path / "new.pcb") as archive:
        assert len(archive) == 1


@pytest.mark.parametrize("mode", ["w", "x", "a"])
def test_an_error_in_the_block_leaves_the_old_file(mode: Any, path: Path, cloud: Any, tmp_path: Path) -> None:
    target = tmp_path / "fresh.pcb" if mode == "x" else path
    before = path.read_bytes()
    with (  # noqa: PT012
        pytest.raises(RuntimeError, match="mine"),
        pcbin.open(target, mode, model="tiny") as archive,
    ):
        archive.extend([cloud(seed=s) for s in range(5)])
        raise RuntimeError("mine")
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_file()) == ["many.pcb"]


@pytest.mark.parametrize("mode", ["w", "a"])
def test_a_bad_cloud_in_the_block(mode: Any, path: Path, cloud: Any) -> None:
    before = path.read_bytes()
    with pytest.raises(InputError, match="NaN"), pcbin.open(path, mode, model="tiny") as archive:
        archive.extend([cloud(), np.full((3, 3), np.nan)])
    assert path.read_bytes() == before


def test_metadata_for_each(tiny_path: Path, tmp_path: Path, cloud: Any) -> None:
    three = [cloud(seed=s) for s in range(3)]
    for notes in ([{"a": 1}], [{}, {}, {}, {"too": "many"}]):
        with (
            pytest.raises(InputError, match="metadata"),
            pcbin.open(tmp_path / "a.pcb", "w", model="tiny") as archive,
        ):
            archive.extend(three, notes)
    assert not (tmp_path / "a.pcb").exists()
    with pcbin.open(tmp_path / "a.pcb", "w", model="tiny") as archive:
        archive.extend(iter(three), iter([{"n": i} for i in range(3)]))
        archive.extend([])
    with pcbin.open(tmp_path / "a.pcb") as archive:
        assert [record.metadata for record in archive.records()] == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_close_without_a_block(tiny_path: Path, tmp_path: Path, cloud: Any) -> None:
    archive = pcbin.open(tmp_path / "a.pcb", "w", model="tiny")
    archive.append(cloud())
    assert not (tmp_path / "a.pcb").exists()
    archive.close()
    archive.close()
    reader = pcbin.open(tmp_path / "a.pcb")
    assert len(reader) == 1
    reader.close()


def test_no_clouds(tiny_path: Path, tmp_path: Path) -> None:
    with pcbin.open(tmp_path / "none.pcb", "w", model="tiny"):
        pass
    with pcbin.open(tmp_path / "none.pcb") as archive:
        assert len(archive) == 0
        assert list(archive) == []
        assert archive[:] == []
        assert archive.codes().shape == (0, 2)


def test_a_single_file_is_an_archive_of_one(tiny_path: Path, tmp_path: Path, cloud: Any) -> None:
    file = tmp_path / "one.pcb"
    file.write_bytes(pcbin.compress(cloud(), model="tiny", metadata={"a": 1}))
    with pcbin.open(file) as archive:
        assert len(archive) == 1
        np.testing.assert_array_equal(archive[0], pcbin.decompress(file.read_bytes()))
        assert archive.record(0).metadata == {"a": 1}
    with pcbin.open(tmp_path / "two.pcb", "w", model="tiny") as writer:
        writer.append(cloud())
    with pytest.raises(FormatError, match=r"pcbin\.open"):
        pcbin.decompress((tmp_path / "two.pcb").read_bytes(), model="tiny")


def test_georeferenced(tiny_path: Path, tmp_path: Path, cloud: Any) -> None:
    far = [cloud(100, seed=s, center=(5e5, 5.4e6, 300.0)) for s in range(3)]
    with pcbin.open(tmp_path / "far.pcb", "w", model="tiny") as archive:
        archive.extend(far)
    with pcbin.open(tmp_path / "far.pcb") as archive:
        for found, points in zip(archive, far, strict=True):
            assert found.dtype == np.float64
            one = pcbin.decompress(pcbin.compress(points, model="tiny"))
            np.testing.assert_allclose(found, one, atol=2e-6)


def test_in_memory(tiny_path: Path, clouds: list[Any]) -> None:
    buffer = io.BytesIO()
    with pcbin.open(buffer, "w", model="tiny") as archive:
        archive.extend(clouds)
    buffer.seek(0)
    with pcbin.open(buffer) as archive:
        assert len(archive) == len(clouds)
        assert len(list(archive)) == len(clouds)
    assert not buffer.closed


class Pipe:
    """Reads a little at a time, and cannot seek; like a socket it has no more than `read`."""

    def __init__(self, data: bytes) -> None:
        self._buffer = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._buffer.read(min(size, 7) if size >= 0 else size)


def test_from_a_real_pipe(path: Path, clouds: list[Any], tiny: Model) -> None:
    read, write = os.pipe()

    def feed() -> None:
        with os.fdopen(write, "wb") as file:
            file.write(path.read_bytes())

    thread = threading.Thread(target=feed)
    thread.start()
    with os.fdopen(read, "rb") as file, pcbin.open(file) as archive:
        assert archive.metadata == {"set": "test"}
        for found, points in zip(archive, clouds, strict=True):
            close_to(found, points, Codec(tiny))
    thread.join()


def test_from_a_slow_reader(path: Path, clouds: list[Any]) -> None:
    with pcbin.open(Pipe(path.read_bytes())) as archive:  # type: ignore[call-overload]
        assert len(list(archive)) == len(clouds)  # `list` asks for a length first
    with pcbin.open(Pipe(path.read_bytes())) as archive:  # type: ignore[call-overload]
        assert [r.metadata for r in archive.records()][1] == {"number": 1}


def test_a_pipe_has_no_random_access(path: Path) -> None:
    with pcbin.open(Pipe(path.read_bytes())) as archive:  # type: ignore[call-overload]
        for ask in (
            lambda: len(archive),
            lambda: archive[0],
            archive.codes,
            lambda: archive.record(0),
        ):
            with pytest.raises(InputError, match="iterate, or save it to a file first"):
                ask()


def test_to_a_pipe(tiny_path: Path, clouds: list[Any], tiny: Model) -> None:
    read, write = os.pipe()
    got = bytearray()

    def drain() -> None:
        with os.fdopen(read, "rb") as file:
            got.extend(file.read())

    thread = threading.Thread(target=drain)
    thread.start()
    with os.fdopen(write, "wb") as file, pcbin.open(file, "w", model="tiny") as archive:
        archive.extend(clouds)
    thread.join()
    with pcbin.open(io.BytesIO(bytes(got))) as found:
        close_to(found[-1], clouds[-1], Codec(tiny))


def test_modes_and_sources(path: Path, tmp_path: Path, tiny: Model) -> None:
    for mode in ("rb", "r+", "", "wx"):
        with pytest.raises(
            InputError, match=f"mode '{mode.replace('+', '.')}' is unknown; use 'r', 'w', 'x' or 'a'"
        ):
            pcbin.open(path, mode)  # type: ignore[call-overload]
    with pytest.raises(InputError, match="pass its path"):
        pcbin.open(io.BytesIO(), "a")
    with pytest.raises(InputError, match="binary"), path.open("r") as text:
        pcbin.open(text)  # type: ignore[call-overload]
    with pytest.raises(InputError):
        pcbin.open(path.read_bytes())  # type: ignore[call-overload]
    with pytest.raises(FileNotFoundError):
        pcbin.open(tmp_path / "none.pcb")
    with pytest.raises(FileNotFoundError):
        pcbin.open(tmp_path / "none.pcb", "a")
    with pytest.raises(InputError, match="create it first"):
        pcbin.open(tmp_path / "none" / "a.pcb", "w", model=tiny)
    with pytest.raises(ModelNotFound):
        pcbin.open(tmp_path / "a.pcb", "w", model="nothing")
    assert not (tmp_path / "a.pcb").exists()


def test_appending_to_a_single_file(tiny_path: Path, tmp_path: Path, cloud: Any) -> None:
    file = tmp_path / "one.pcb"
    file.write_bytes(pcbin.compress(cloud(), model="tiny"))
    before = file.read_bytes()
    with pytest.raises(InputError, match="single"):
        pcbin.open(file, "a")
    assert file.read_bytes() == before


def test_damage_is_found(path: Path) -> None:
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(data), 60).tolist():
        broken = bytearray(data)
        broken[at] ^= 1 << int(rng.integers(8))
        with pytest.raises(FormatError), pcbin.open(io.BytesIO(broken)) as archive:
            list(archive.records())
        with pytest.raises(FormatError), pcbin.open(Pipe(bytes(broken))) as archive:  # type: ignore[call-overload]
            list(archive.records())
        with pytest.raises(FormatError), pcbin.open(io.BytesIO(data[:at])) as archive:
            list(archive.records())


def test_bytes_a_cloud(model_parts: Callable[..., Any], tmp_path: Path) -> None:
    """DESIGN section 3: from 10,000 clouds on at most 16.1 bytes each, without pose and names."""
    model = Model.from_parts(*model_parts(bits=128, points=8))
    rng = np.random.default_rng(0)
    with pcbin.open(tmp_path / "a.pcb", "w", model=model, pose=False) as archive:
        archive.extend(rng.normal(size=(10_000, 4, 3)))
    assert (tmp_path / "a.pcb").stat().st_size <= 161_000
    with pcbin.open(tmp_path / "a.pcb", model=model) as reader:
        assert len(reader) == 10_000
        assert reader[9_999].shape == (8, 3)


def drop(path: Path, mode: Any, model: Model, clouds: list[Any]) -> None:
    """A writer that is forgotten with this function's other names."""
    pcbin.open(path, mode, model=model).extend(clouds)


@pytest.mark.parametrize("mode", ["w", "x"])
def test_a_dropped_writer_leaves_no_file(mode: Any, tiny: Model, cloud: Any, tmp_path: Path) -> None:
    with pytest.warns(ResourceWarning, match="was never closed: its file is lost; use it in a with block"):
        drop(tmp_path / "all.pcb", mode, tiny, [cloud()])
    assert not list(tmp_path.iterdir())


def test_a_dropped_append_leaves_the_old_file(tiny: Model, cloud: Any, tmp_path: Path) -> None:
    path = tmp_path / "all.pcb"
    with pcbin.open(path, "w", model=tiny) as writer:
        writer.append(cloud())
    before = path.read_bytes()
    with pytest.warns(ResourceWarning):
        drop(path, "a", tiny, [cloud(seed=seed) for seed in range(3)])
    assert path.read_bytes() == before
