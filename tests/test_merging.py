"""Archives from archives: `compact` and `merge` change how codes are stored, and never what is stored."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bitarray.util import urandom

import pcbin
from pcbin.arrays import Pose
from pcbin.errors import InputError, ModelNotFound, Truncated, UnsupportedVersion
from pcbin.formats import pcb
from pcbin.formats.entropy import Table
from pcbin.models import zoo

MODEL, OTHER = b"modelone", b"modeltwo"
RNG = np.random.default_rng(3)
TURNED = (0.5, 0.5, 0.5, 0.5)


def record(name: str | bytes | None = None, *, bits: int = 128, **options: Any) -> pcb.Record:
    metadata = {} if name is None else {"name": name}
    return pcb.Record(urandom(bits, "little"), options.pop("pose", None), metadata, **options)


def posed(name: str, rotation: Any = None) -> pcb.Record:
    centre = (5e6 + RNG.random(), *RNG.normal(size=2).tolist())
    return record(name, pose=Pose(centre, float(np.float32(RNG.uniform(1, 9))), rotation))


def write(path: Path, records: list[pcb.Record], **options: Any) -> Path:
    with pcb.create_archive(path, **{"model_id": MODEL, "code_bits": 128, **options}) as writer:
        for one in records:
            writer.add(one)
    return path


def append(path: Path, records: list[pcb.Record]) -> None:
    for one in records:
        with pcb.append_archive(path) as writer:
            writer.add(one)


def records_in(path: Path) -> list[pcb.Record]:
    with pcb.ArchiveReader(path) as reader:
        reader.verify()
        return [replace(one, model_id=one.model_id or reader.model_id) for one in reader]


@pytest.mark.parametrize(
    ("options", "records"),
    [
        ({}, [record() for _ in range(40)]),
        ({"metadata": {"by": "me"}}, [record(f"{k}.ply") for k in range(40)]),
        ({"pose": "float64", "rotated": True}, [posed(f"{k}", TURNED if k % 3 else None) for k in range(40)]),
        ({"pose": "float32"}, [record(pose=Pose((0.5, 1.0, k), 2.0)) for k in range(40)]),
        (
            {"mixed": True},
            [record(bits=8 * (1 + k % 16), model_id=OTHER if k % 5 else None) for k in range(40)],
        ),
        ({}, []),
    ],
    ids=["codes", "names", "rotations", "float32", "mixed", "empty"],
)
def test_compact_keeps_all_but_the_chunks(
    options: dict[str, Any], records: list[pcb.Record], tmp_path: Path
) -> None:
    path = write(tmp_path / "a.pcb", records[:3], **options)
    append(path, records[3:])
    path.chmod(0o640)
    before, size = records_in(path), path.stat().st_size
    with pcb.ArchiveReader(path) as reader:
        header, metadata = reader.header, reader.metadata
    assert pcbin.compact(path) == len(records)
    whole = write(tmp_path / "whole.pcb", records, **options)
    assert path.read_bytes() == whole.read_bytes()
    assert records_in(path) == before
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.stat().st_size < size / 3 or not records
    with pcb.ArchiveReader(path) as reader:
        assert (reader.header, reader.metadata) == (header, metadata)
    append(path, records[:1])
    assert len(records_in(path)) == len(before) + bool(records)


def test_a_file_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcb", [record()])
    append(path, [record(), record()])
    before = path.read_bytes()
    assert pcbin.compact(path, tmp_path / "b.pcb") == 3
    assert path.read_bytes() == before
    assert records_in(tmp_path / "b.pcb") == records_in(path)
    with pytest.raises(InputError, match="exists"):
        pcbin.compact(path, tmp_path / "b.pcb")
    pcbin.compact(path, path, overwrite=True)
    assert records_in(tmp_path / "b.pcb") == records_in(path)


def test_what_cannot_be_compacted_stays(tmp_path: Path) -> None:
    single = tmp_path / "single.pcb"
    single.write_bytes(pcb.dumps(urandom(128, "little"), MODEL))
    with pytest.raises(InputError, match="a single cloud"):
        pcbin.compact(single)
    path = write(tmp_path / "a.pcb", [record() for _ in range(9)])
    data = bytearray(path.read_bytes())
    path.write_bytes(data[:-1])
    with pytest.raises(Truncated):
        pcbin.compact(path)
    assert path.read_bytes() == data[:-1]
    data[5] = 7
    data[32:36] = pcb_crc(data[:32])
    path.write_bytes(data)
    for use in (pcbin.compact, lambda one: pcbin.merge([one], tmp_path / "b.pcb")):
        with pytest.raises(UnsupportedVersion, match="can read but not extend"):
            use(path)
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".tmp"] == []


def pcb_crc(data: bytes | bytearray) -> bytes:
    from zlib import crc32

    return crc32(data).to_bytes(4, "little")


@pytest.mark.skipif(sys.platform == "win32", reason="no locks")
def test_nobody_appends_meanwhile(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcb", [record() for _ in range(3)])
    with pcb.append_archive(path), pytest.raises(InputError, match="another process is writing"):
        pcbin.compact(path)
    with pcb.sole_writer(path) as check:
        with pytest.raises(InputError, match="another process is writing"):
            pcb.append_archive(path)
        check()
        (tmp_path / "new").write_bytes(path.read_bytes())
        (tmp_path / "new").replace(path)
        with pytest.raises(InputError, match="was replaced"):
            check()


def table() -> Table:
    return Table(np.array([2**24]), np.full((1, 128), 60_000))


@pytest.fixture
def with_table(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {MODEL: table()}

    def entropy_table(model_id: Any) -> Table:
        if model_id not in known:
            raise ModelNotFound(f"model {model_id!r}: not installed; add it")
        return known[model_id]

    monkeypatch.setattr(zoo, "entropy_table", entropy_table)


def likely(count: int) -> list[pcb.Record]:
    """Codes that a table of mostly ones makes small."""
    found = []
    for row in RNG.random((count, 128)) < 0.95:
        code = urandom(128, "little")
        code[:] = 0
        for at in np.flatnonzero(row).tolist():
            code[at] = 1
        found.append(pcb.Record(code, None, {}))
    return found


def test_entropy_coding_is_kept(with_table: None, tmp_path: Path) -> None:
    records = likely(400)
    path = tmp_path / "a.pcb"
    with pcb.create_archive(path, model_id=MODEL, code_bits=128, table=table(), chunk=40) as writer:
        for one in records:
            writer.add(one)
    size = path.stat().st_size
    pcbin.compact(path)
    plain = write(tmp_path / "plain.pcb", likely(3))
    pcbin.merge([path, plain], tmp_path / "both.pcb")
    with pcb.ArchiveReader(tmp_path / "both.pcb", table=table()) as reader:
        assert [one.code for one in reader][:400] == [one.code for one in records]
        assert all(chunk.entropy_coded for chunk in reader.chunks())
    assert path.stat().st_size < size


def test_entropy_coded_codes_need_their_model(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcb", likely(400), table=table())
    before = path.read_bytes()
    with pytest.raises(ModelNotFound):
        pcbin.compact(path)
    assert path.read_bytes() == before


def test_merge(tmp_path: Path) -> None:
    first = write(tmp_path / "a.pcb", [record("a"), record()], metadata={"by": "me", "of": 1})
    then = write(tmp_path / "b.pcb", [record("b"), record("b"), record()], metadata={"by": "me", "on": 2})
    single = tmp_path / "c.pcb"
    single.write_bytes(pcb.dumps(urandom(128, "little"), MODEL, metadata={"name": "c"}))
    out = tmp_path / "all.pcb"
    assert pcbin.merge([first, then, single], out) == 6
    assert records_in(out) == records_in(first) + records_in(then) + records_in(single)
    with pcb.ArchiveReader(out) as reader:
        assert reader.metadata == {"by": "me", "of": 1, "on": 2}
        assert not reader.header.mixed
    pcbin.merge([first, then], out, metadata={"by": "you"}, overwrite=True)
    with pcb.ArchiveReader(out) as reader:
        assert reader.metadata == {"by": "you"}


def test_several_models_lengths_and_kinds_of_poses(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a.pcb", [posed("a", TURNED), posed("b")], pose="float64", rotated=True),
        write(tmp_path / "b.pcb", [record("c", pose=Pose((1, 2, 3), 4.0))], pose="float32", model_id=OTHER),
        write(
            tmp_path / "c.pcb",
            [record("d", bits=64, pose=Pose((1, 2, 3), 4.0))],
            code_bits=64,
            pose="float32",
        ),
    ]
    out = tmp_path / "all.pcb"
    pcbin.merge(files, out)
    assert records_in(out) == [one for path in files for one in records_in(path)]
    with pcb.ArchiveReader(out) as reader:
        assert reader.header.mixed
        assert reader.models() == {MODEL: 3, OTHER: 1}


def test_objects_of_merged_files_decode_as_before(
    model_parts: Callable[..., Any], models_folder: Path, cloud: Any, tmp_path: Path
) -> None:
    from pcbin.formats.model_file import dump_model

    models: dict[str, dict[str, Any]] = {
        "one": {"bits": 64, "nested": (16, 32)},
        "two": {"bits": 16, "seed": 1},
    }
    for name, options in models.items():
        (models_folder / f"{name}.safetensors").write_bytes(dump_model(*model_parts(name=name, **options)))
    files, clouds = [], []
    for name, bits in (("one", 64), ("one", 32), ("two", 16)):
        files.append(tmp_path / f"{name}-{bits}.pcb")
        with pcbin.open(files[-1], "w", model=name, bits=bits) as writer:
            writer.extend([cloud(seed=seed) for seed in range(3)])
        with pcbin.open(files[-1]) as archive:
            clouds += list(archive)
    pcbin.merge(files, tmp_path / "all.pcb")
    with pcbin.open(tmp_path / "all.pcb") as archive:
        for found, wanted in zip(archive, clouds, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_names_that_clash(tmp_path: Path) -> None:
    first = write(tmp_path / "a.pcb", [record("a.ply"), record("a.ply"), record(b"\xff"), record("a-2.ply")])
    then = write(tmp_path / "b.pcb", [record("a.ply"), record(b"\xff"), record("a-3.ply"), record("new")])
    out = tmp_path / "all.pcb"
    with pytest.raises(InputError, match=r"names: a\.ply, b'\\xff' in more than one file; .*--rename"):
        pcbin.merge([first, then], out)
    assert not out.exists()
    pcbin.merge([first, then], out, rename=True)
    found = [one.metadata["name"] for one in records_in(out)]
    assert found == ["a.ply", "a.ply", b"\xff", "a-2.ply", "a-3.ply", b"\xff-2", "a-3-2.ply", "new"]


def test_many_clashes_make_a_short_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcb", [record(f"{k}") for k in range(5000)])
    with pytest.raises(InputError, match="8, 9 and 4,990 more in more"):
        pcbin.merge([path, path], tmp_path / "all.pcb")


def test_what_does_not_fit_together(tmp_path: Path) -> None:
    bare = write(tmp_path / "bare.pcb", [record()], metadata={"by": "me"})
    with_pose = write(tmp_path / "pose.pcb", [posed("a")], pose="float64")
    out = tmp_path / "all.pcb"
    for files in ([bare, with_pose], [with_pose, bare]):
        with pytest.raises(InputError, match=r"pose\.pcb: its clouds have poses, and those of .*bare\.pcb"):
            pcbin.merge(files, out)
    other = write(tmp_path / "other.pcb", [record()], metadata={"by": "you"})
    with pytest.raises(InputError, match=r"do not agree on by; .*metadata"):
        pcbin.merge([bare, other], out)
    with pytest.raises(InputError, match="none; name the files"):
        pcbin.merge([], out)
    assert not out.exists()


PROGRAM = """
import resource, sys, pcbin
size, resident = (int(s) * resource.getpagesize() for s in open("/proc/self/statm").read().split()[:2])
resource.setrlimit(resource.RLIMIT_AS, (size - resident + (256 << 20), resource.RLIM_INFINITY))
print(pcbin.compact(sys.argv[1]), pcbin.merge(sys.argv[1:2] * 20, sys.argv[2]))
"""


@pytest.fixture(scope="module")
def many_appends(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """An archive of 10^5 chunks of one cloud, as so many appends leave it, but for their indices."""
    path = tmp_path_factory.mktemp("many") / "a.pcb"
    codes = np.random.default_rng(0).integers(0, 256, (100_000, 16), dtype=np.uint8)
    with pcb.create_archive(path, model_id=MODEL, code_bits=128, chunk=1) as writer:
        writer.add_many(codes)
    return path, codes


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for the memory")
def test_a_hundred_thousand_clouds_in_bounded_memory(many_appends: tuple[Path, Any], tmp_path: Path) -> None:
    """2 million clouds are merged in 256 MB beyond what Python takes; compacted, one is 16 bytes."""
    path, codes = many_appends
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, path, tmp_path / "all.pcb"],
        check=True,
        capture_output=True,
        env={"PYTHONPATH": str(Path(pcbin.__file__).parents[1]), "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.stdout.split() == [b"100000", b"2000000"]
    assert path.stat().st_size / 100_000 < 16.02
    with pcb.ArchiveReader(path) as reader:
        np.testing.assert_array_equal(reader.codes(), codes)
    with pcb.ArchiveReader(tmp_path / "all.pcb") as reader:
        np.testing.assert_array_equal(reader.codes(1_900_000), codes)
