"""Archives: round trips, sizes, random access, pipes."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bitarray import bitarray
from hypothesis import given, settings
from hypothesis import strategies as st

from pcbin.arrays import Pose
from pcbin.errors import FormatError, InputError, Truncated
from pcbin.formats import pcb

MODEL = bytes(range(8))
RNG = np.random.default_rng(0)


class Pipe(io.RawIOBase):
    """Forwards only, and takes at most 100 bytes at a time, as a raw pipe may."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data[:100])
        self.data += part
        return len(part)


class Trickle:
    """Reads like a socket: short reads, no seek."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, 7))


def random_codes(count: int, size: int = 16) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return RNG.integers(0, 256, (count, size), dtype=np.uint8)


def archive(codes: Any, *args: Any, file: Any = None, **options: Any) -> bytes:
    file = io.BytesIO() if file is None else file
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=8 * codes.shape[1], **options) as writer:
        writer.add_many(codes, *args)
    return bytes(file.data) if isinstance(file, Pipe) else file.getvalue()


@st.composite
def collections(draw: st.DrawFn) -> tuple[int, list[pcb.Record], str]:
    size = draw(st.integers(1, 512) | st.sampled_from([1, 2, 16]))
    kind = draw(st.sampled_from(["none", "float32", "float64"]))
    width = 64 if kind == "float64" else 32
    coordinate = st.floats(-1e6, 1e6, width=width)  # type: ignore[arg-type]
    pose = (
        st.none()
        if kind == "none"
        else st.builds(
            Pose,
            st.tuples(coordinate, coordinate, coordinate),
            st.floats(0, 2.0**100, width=32).filter(lambda s: s == 0 or s > 1e-30),
        )
    )
    notes = st.just({}) | st.dictionaries(
        st.text(max_size=5), st.text(max_size=9) | st.integers(-5, 5), max_size=3
    )
    code = st.binary(min_size=size, max_size=size).map(
        lambda raw: bitarray(buffer=raw, endian="little").copy()
    )
    return size, draw(st.lists(st.builds(pcb.Record, code, pose, notes), max_size=12)), kind


@settings(max_examples=120, deadline=None)
@given(collections(), st.integers(1, 13), st.booleans(), st.dictionaries(st.text(), st.text(), max_size=2))
def test_round_trip(
    case: tuple[int, list[pcb.Record], Any], chunk: int, piped: bool, about: dict[str, str]
) -> None:
    size, records, kind = case
    file: Any = Pipe() if piped else io.BytesIO()
    with pcb.ArchiveWriter(
        file, model_id=MODEL, code_bits=8 * size, pose=kind, metadata=about, chunk=chunk
    ) as writer:
        for record in records:
            writer.add(record)
    data = bytes(file.data) if piped else file.getvalue()
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        reader.verify()
        assert (reader.model_id, reader.code_bits, reader.version) == (MODEL, 8 * size, (1, 0))
        assert (reader.metadata, reader.pose_kind, reader.uncommitted_bytes) == (about, kind, 0)
        assert list(reader) == reader[:] == records == [reader[i] for i in range(len(reader))]
        assert reader.codes().tobytes() == b"".join(record.code.tobytes() for record in records)
        poses = reader.poses()
        assert (poses is None) == (kind == "none")
        if poses is not None:
            assert poses[0].tolist() == [list(record.pose.center) for record in records if record.pose]
            assert poses[1].tolist() == [record.pose.scale for record in records if record.pose]
    stream = pcb.iter_archive(Trickle(data))
    assert (stream.header.pose, stream.metadata) == (kind, about)
    assert list(stream) == records


def test_size_from_10_000_clouds_on() -> None:
    assert len(archive(random_codes(10_000))) <= 10_000 * 16.1
    assert len(archive(random_codes(10_000), file=Pipe())) <= 10_000 * 16.1


def test_compresses_where_it_helps() -> None:
    codes = random_codes(4096)
    codes[:, 4:] = 0
    assert len(archive(codes)) < 4096 * 4.2
    planes = np.packbits(RNG.random((4096, 128)) < np.linspace(0, 0.1, 128), axis=1, bitorder="little")
    data = archive(planes)
    assert len(data) < 4096 * 16 * 0.4
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        assert (reader.codes() == planes).all()


@pytest.mark.parametrize("chunk", [1, 7, 100, 65_536])
def test_random_access(chunk: int) -> None:
    codes = random_codes(100)
    centers, scales = RNG.normal(size=(100, 3)), np.arange(100.0)
    names = [{"name": str(i)} if i % 2 else None for i in range(100)]
    data = archive(codes, centers, scales, names, pose="float64", chunk=chunk)
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        assert len(reader) == 100
        for i in (0, 99, 50, -1, -100, 6, 7):
            assert reader[i].code.tobytes() == codes[i].tobytes()
            assert reader[i].pose == Pose(tuple(centers[i]), scales[i])
            assert reader[i].metadata == (names[i] or {})
        for i in (100, -101):
            with pytest.raises(IndexError, match="of 100"):
                reader[i]
        with pytest.raises(TypeError):
            reader[1.5]  # type: ignore[call-overload]
        for start, stop in ((0, None), (3, 60), (99, 100), (60, 3), (-5, None), (0, -90)):
            assert (reader.codes(start, stop) == codes[start:stop]).all()
            assert reader.codes(start, stop).shape == codes[start:stop].shape
            poses = reader.poses(start, stop)
            assert poses is not None
            assert (poses[0] == centers[start:stop]).all()
            assert (poses[1] == scales[start:stop]).all()
        assert [r.code.tobytes() for r in reader[10:30:7]] == [c.tobytes() for c in codes[10:30:7]]
        assert isinstance(reader, Sequence)


class Counting(io.BytesIO):
    """A file that counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


@pytest.mark.slow
def test_of_a_million_clouds_little_is_read() -> None:
    file = Counting()
    with pcb.ArchiveWriter(file, model_id=bytes(8), code_bits=128, pose="float64") as writer:
        for start in range(0, 10**6, 50_000):
            names = [{"name": f"part/{start + k:07d}.ply"} for k in range(50_000)]
            writer.add_many(random_codes(50_000), np.ones((50_000, 3)), np.ones(50_000), names)
    file.seek(0)
    with pcb.ArchiveReader(file) as reader:
        assert len(reader) == 10**6
        assert file.count < 64_000
        for number in (0, 123_456, 999_999):
            file.count = 0
            assert reader[number].metadata == {"name": f"part/{number:07d}.ply"}
            assert file.count < 256_000  # its chunk
            file.count = 0
            assert reader[number].code.nbytes == 16
            assert not file.count


@pytest.mark.parametrize("count", [1, 16, 100])
def test_metadata_of_one_cloud_are_those_of_all(count: int) -> None:
    maps = [None if k % 3 == 0 else {"name": f"c{k}", "deep": [[k], {"a": {"b": k}}]} for k in range(count)]
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=bytes(8), code_bits=128) as writer:
        writer.add_many(random_codes(count), metadata=maps)
    wanted = [one or {} for one in maps]
    file.seek(0)
    assert [record.metadata for record in pcb.ArchiveReader(file)] == wanted
    for number in range(count):
        file.seek(0)
        assert pcb.ArchiveReader(file)[number].metadata == wanted[number]  # alone
    file.seek(0)
    reader = pcb.ArchiveReader(file)
    assert [reader[number].metadata for number in range(count)] == wanted  # alone, then all


def test_records_share_nothing_with_the_reader() -> None:
    data = archive(random_codes(2), None, None, [{"tags": ["a"]}, None])
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        first = reader[0]
        first.metadata["tags"].append("b")
        first.code.setall(0)
        assert reader[0].metadata == {"tags": ["a"]}
        assert reader[0].code.any()


def test_a_single_file_is_an_archive_of_one(tmp_path: Path) -> None:
    code, pose = bitarray("0110" * 32), Pose((1.0, 2.0, 3.0), 4.0)
    path = tmp_path / "one.pcb"
    path.write_bytes(pcb.dumps(code, MODEL, pose=pose, metadata={"name": "chair"}))
    expected = [pcb.Record(code, pose, {"name": "chair"})]
    with pcb.ArchiveReader(path) as reader:
        reader.verify()
        assert len(reader) == 1
        assert [*reader] == [reader[0]] == [reader[-1]] == expected
        assert reader.codes().tobytes() == reader[0].code.tobytes()
        poses = reader.poses()
        assert poses is not None
        assert poses[0].tolist() == [[1, 2, 3]]
        assert reader.metadata == {}
        assert reader.pose_kind == "float32"
    stream = pcb.ArchiveStream(Trickle(path.read_bytes()))
    assert (stream.model_id, stream.code_bits, stream.version, stream.pose_kind) == (
        MODEL,
        128,
        (1, 0),
        "float32",
    )
    assert list(stream) == expected


def test_through_a_pipe_of_the_system() -> None:
    codes = random_codes(20_000)
    read_end, write_end = os.pipe()

    def write() -> None:
        with open(write_end, "wb", buffering=0) as pipe:  # noqa: PTH123
            archive_to(pipe, codes)

    writer = threading.Thread(target=write)
    writer.start()
    with open(read_end, "rb") as pipe:  # noqa: PTH123
        assert not pipe.seekable()
        stream = pcb.iter_archive(pipe)
        assert stream.header.layout == "archive"
        assert b"".join(record.code.tobytes() for record in stream) == codes.tobytes()
        with pytest.raises(InputError, match="iter_archive"):
            pcb.ArchiveReader(pipe)
    writer.join()


def archive_to(file: Any, codes: Any) -> None:
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=128, chunk=500) as writer:
        writer.add_many(codes)


def test_in_the_middle_of_another_file(tmp_path: Path) -> None:
    codes = random_codes(10)
    path = tmp_path / "file"
    with path.open("w+b") as file:
        file.write(b"something else")
        archive_to(file, codes)
        assert file.tell() == file.seek(0, os.SEEK_END)
        file.seek(14)
        with pcb.ArchiveReader(file) as reader:
            reader.verify()
            assert (reader.codes() == codes).all()
        assert not file.closed


def test_a_file_that_only_appends_is_written_like_a_pipe(tmp_path: Path) -> None:
    """As by `>>` in a shell, where a seek does not move the place of the next write."""
    codes = random_codes(10)
    path = tmp_path / "file.pcb"
    with path.open("ab") as file:
        archive_to(file, codes)
    with pcb.ArchiveReader(path) as reader:
        reader.verify()
        assert reader.commit is not None
        assert reader.commit.streamed
        assert (reader.codes() == codes).all()


class Unhurried(io.BytesIO):
    """Seekable, with short reads, as files over a network may be."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(5, size or 0))


def test_short_reads_at_random() -> None:
    codes = random_codes(10)
    with pcb.ArchiveReader(Unhurried(archive(codes))) as reader:
        reader.verify()
        assert (reader.codes() == codes).all()


def test_an_exception_leaves_no_end() -> None:
    for file in (io.BytesIO(), Pipe()):
        writer = pcb.ArchiveWriter(file, model_id=MODEL, code_bits=128, chunk=2)  # type: ignore[arg-type]
        with pytest.raises(RuntimeError):
            fail_within(writer)
        data = bytes(file.data) if isinstance(file, Pipe) else file.getvalue()
        with pytest.raises(Truncated):
            pcb.ArchiveReader(io.BytesIO(data))
        with pytest.raises(InputError, match="closed"):
            writer.add_many(random_codes(5))


def fail_within(writer: pcb.ArchiveWriter) -> None:
    with writer:
        writer.add_many(random_codes(5))
        raise RuntimeError


def test_a_lot_of_metadata_makes_shorter_chunks() -> None:
    notes: list[dict[str, Any]] = [{"thumbnail": RNG.bytes(300_000)} for _ in range(9)]
    notes[4] = {"large": RNG.bytes(2**21)}
    data = archive(random_codes(9), None, None, notes)
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        reader.verify()
        assert [record.metadata for record in reader] == notes
        assert [len(level.offsets) for level in reader.levels] == [5]


def test_threads_may_share_a_reader(tmp_path: Path) -> None:
    codes = random_codes(2000)
    path = tmp_path / "a.pcb"
    path.write_bytes(archive(codes, chunk=50))
    with path.open("rb") as file:
        for source in (path, file):
            wrong: list[int] = []
            with pcb.ArchiveReader(source) as reader:

                def read(seed: int, reader: pcb.ArchiveReader = reader, wrong: list[int] = wrong) -> None:
                    for i in np.random.default_rng(seed).integers(0, 2000, 100):
                        if reader[int(i)].code.tobytes() != codes[i].tobytes():
                            wrong.append(i)

                threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            assert not wrong


@pytest.mark.parametrize(
    ("options", "clouds", "message"),
    [
        ({"code_bits": 12}, None, "multiple of 8"),
        ({"pose": "float16"}, None, "unknown kind"),
        ({"chunk": 0}, None, "chunk"),
        ({"chunk": 65_537}, None, "chunk"),
        ({"model_id": b""}, None, "model_id"),
        ({"metadata": {"x": object()}}, None, "metadata"),
        ({}, (np.zeros((2, 15), np.uint8),), "codes"),
        ({}, (np.zeros((2, 16), np.int64),), "codes"),
        ({}, ([[0] * 16],), "codes"),
        ({}, (np.zeros((2, 16), np.uint8), np.zeros((2, 3)), np.ones(2)), "pose='none'"),
        ({"pose": "float64"}, (np.zeros((2, 16), np.uint8),), "pose='float64'"),
        ({"pose": "float64"}, (np.zeros((2, 16), np.uint8), np.zeros((2, 3)), None), "center and a scale"),
        ({"pose": "float64"}, (np.zeros((2, 16), np.uint8), np.zeros((1, 3)), np.ones(1)), "one per cloud"),
        ({"pose": "float64"}, (np.zeros((2, 16), np.uint8), np.zeros((2, 3)), [1, -1]), "negative"),
        ({"pose": "float32"}, (np.zeros((1, 16), np.uint8), [[1e9 + 1, 0, 0]], [1e-3]), "pose='float64'"),
        ({}, (np.zeros((2, 16), np.uint8), None, None, [{}]), "one per cloud"),
        ({}, (np.zeros((2, 16), np.uint8), None, None, [{}, {1: 2}]), "metadata"),
    ],
)
def test_refuses_arguments(options: dict[str, Any], clouds: Any, message: str) -> None:
    file = io.BytesIO()
    arguments = {"model_id": MODEL, "code_bits": 128, **options}
    if clouds is None:
        with pytest.raises(InputError, match=message):
            pcb.ArchiveWriter(file, **arguments)
        return
    with pcb.ArchiveWriter(file, **arguments) as writer, pytest.raises(InputError, match=message):
        writer.add_many(*clouds)
    with pcb.ArchiveReader(file_at_start(file)) as reader:  # what was refused left no trace
        reader.verify()
        assert len(reader) == 0


def file_at_start(file: io.BytesIO) -> io.BytesIO:
    file.seek(0)
    return file


def test_refuses_records() -> None:
    with pcb.ArchiveWriter(io.BytesIO(), model_id=MODEL, code_bits=128) as writer:
        with pytest.raises(InputError, match="128 bits"):
            writer.add(pcb.Record(bitarray(64), None, {}))
        with pytest.raises(InputError, match="pose='none'"):
            writer.add(pcb.Record(bitarray(128), Pose((0, 0, 0), 1), {}))


def test_refuses_text_mode(tmp_path: Path) -> None:
    for use in (pcb.ArchiveReader, pcb.iter_archive):
        with pytest.raises(InputError, match="binary"):
            use(io.StringIO())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="binary"):
        pcb.ArchiveWriter(io.StringIO(), model_id=MODEL, code_bits=128)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        pcb.ArchiveReader(tmp_path / "nothing.pcb")


def test_loads_refuses_an_archive() -> None:
    with pytest.raises(FormatError, match=r"open an archive with pcbin\.open"):
        pcb.loads(archive(random_codes(1)))


def test_code_blocks_stay_in_the_file(tmp_path: Path) -> None:
    """Chunks of random codes are memory-mapped, others unpacked; a caller's file is read."""
    codes = np.concatenate([random_codes(100), np.zeros((100, 16), np.uint8), random_codes(50)])
    (tmp_path / "a.pcb").write_bytes(archive(codes, chunk=100))
    with pcb.ArchiveReader(tmp_path / "a.pcb") as reader:
        blocks = list(reader.code_blocks())
    assert [len(block) for block in blocks] == [100, 100, 50]
    assert np.array_equal(np.concatenate(blocks), codes)  # although the reader is closed
    assert not any(block.flags.writeable for block in (blocks[0], blocks[2]))
    assert blocks[0].base is not None
    assert blocks[0].__array_interface__["data"][0] < blocks[2].__array_interface__["data"][0]
    with pcb.ArchiveReader(io.BytesIO(archive(codes, chunk=100))) as reader:
        assert np.array_equal(np.concatenate(list(reader.code_blocks())), codes)


def test_code_blocks_are_checked(tmp_path: Path) -> None:
    data = bytearray(archive(random_codes(100)))
    data[200] ^= 1
    (tmp_path / "a.pcb").write_bytes(data)
    with pcb.ArchiveReader(tmp_path / "a.pcb") as reader, pytest.raises(FormatError, match="CRC"):
        list(reader.code_blocks())
