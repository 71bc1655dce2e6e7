"""Appending in place, creating at a path, and being killed meanwhile."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from bitarray import bitarray

from pcbin.errors import InputError, ModelMismatch, Truncated, UnsupportedVersion
from pcbin.formats import pcb

MODEL = bytes(range(8))
CODES = np.random.default_rng(1).integers(0, 256, (1000, 16), dtype=np.uint8)


def create(path: Path, codes: Any, *, overwrite: bool = False, **options: Any) -> None:
    with pcb.create_archive(path, model_id=MODEL, code_bits=128, overwrite=overwrite, **options) as writer:
        writer.add_many(codes)


def codes_in(path: Path) -> Any:
    with pcb.ArchiveReader(path) as reader:
        reader.verify()
        with path.open("rb") as file:
            in_order = [record.code.tobytes() for record in pcb.iter_archive(file)]
        assert in_order == [record.code.tobytes() for record in reader]
        return reader.codes()


def test_append(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10], metadata={"title": "ten"}, chunk=4)
    with pcb.ArchiveReader(path) as old:
        before = path.read_bytes()
        with pcb.append_archive(path, model_id=MODEL, code_bits=128, chunk=3) as writer:
            writer.add_many(CODES[10:20])
        assert len(old) == 10  # a reader that was open goes on
        old.verify()
        assert (old.codes() == CODES[:10]).all()
    assert (codes_in(path) == CODES[:20]).all()
    after = path.read_bytes()
    assert after[36 : len(before)] == before[36:]
    assert after[:16] == before[:16]
    with pcb.ArchiveReader(path) as reader:
        assert reader.metadata == {"title": "ten"}


def test_append_many_times(tmp_path: Path) -> None:
    """One cloud at a time: the file grows by little more than the cloud, and the index chain stays short."""
    path = tmp_path / "a.pcb"
    create(path, CODES[:0])
    for i in range(200):
        with pcb.append_archive(path) as writer:
            writer.add_many(CODES[i : i + 1])
    assert (codes_in(path) == CODES[:200]).all()
    assert path.stat().st_size < 200 * 300
    with pcb.ArchiveReader(path) as reader:
        assert len(reader.levels) <= 8


def test_append_nothing_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    before = path.read_bytes()
    with pcb.append_archive(path):
        pass
    assert path.read_bytes() == before


def test_append_to_a_streamed_file(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    with path.open("ab") as file, pcb.ArchiveWriter(file, model_id=MODEL, code_bits=128) as writer:
        writer.add_many(CODES[:10])
    with pcb.append_archive(path) as writer:
        writer.add_many(CODES[10:15])
    assert (codes_in(path) == CODES[:15]).all()


def test_an_exception_takes_the_append_back(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    before = path.read_bytes()
    writer = pcb.append_archive(path, chunk=1)
    with pytest.raises(RuntimeError):
        fail_within(writer)
    assert path.read_bytes() == before


def fail_within(writer: pcb.ArchiveWriter) -> None:
    with writer:
        writer.add_many(CODES[:50])
        raise RuntimeError


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    with pcb.append_archive(path) as writer:
        with pytest.raises(InputError, match="another process is writing to it; wait"):
            pcb.append_archive(path)
        writer.add_many(CODES[10:11])
    with pcb.append_archive(path) as writer:
        writer.add_many(CODES[11:12])
    assert (codes_in(path) == CODES[:12]).all()


def test_append_refuses(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    with pytest.raises(ModelMismatch, match=r"0001020304050607, not 0{16}; encode with that model"):
        pcb.append_archive(path, model_id=bytes(8))
    with pytest.raises(InputError, match="128 bits, not 64"):
        pcb.append_archive(path, code_bits=64)
    data = bytearray(path.read_bytes())
    data[5] = 200
    data[32:36] = crc32(data[:32]).to_bytes(4, "little")
    path.write_bytes(data)
    assert (codes_in(path) == CODES[:10]).all()
    with pytest.raises(UnsupportedVersion, match="upgrade pcbin"):
        pcb.append_archive(path)
    path.write_bytes(pcb.dumps(bitarray(128), MODEL))
    with pytest.raises(InputError, match="single cloud; create an archive"):
        pcb.append_archive(path)


def test_any_unfinished_append_is_ignored_and_cut_off(tmp_path: Path) -> None:
    """The commit record changes last, so a kill leaves the old one and some part of what comes behind."""
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    old = path.read_bytes()
    with pcb.append_archive(path, chunk=2) as writer:
        writer.add_many(CODES[10:15])
    whole = old + path.read_bytes()[len(old) :]
    for size in range(len(old), len(whole)):
        file = io.BytesIO(whole[:size])
        with pcb.ArchiveReader(file) as reader:
            assert (len(reader), reader.uncommitted_bytes) == (10, size - len(old))
    reader.verify()
    assert len(list(pcb.iter_archive(io.BytesIO(whole[: size - 1])))) == 10
    path.write_bytes(whole[:-5])
    with pcb.append_archive(path) as writer:
        writer.add_many(CODES[20:21])
    assert (codes_in(path) == np.concatenate([CODES[:10], CODES[20:21]])).all()


KILLED = """
import os, sys
from pathlib import Path
import numpy as np
from pcbin.formats import atomic, pcb
from pcbin.formats.pcb import _writer

path, task, point = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
calls = 0

def killing(function):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == point:
            os._exit(9)
        return function(*args, **kwargs)
    return call

os.fsync = killing(os.fsync)
Path.replace = killing(Path.replace)
write = _writer.write_all
def half_written(file, data):
    global calls
    calls += 1
    if calls == point:
        if len(data) != 20:  # a commit record goes to the system in one piece
            write(file, data[: len(data) // 2])
        file.flush()
        os._exit(9)
    write(file, data)
_writer.write_commit = killing(_writer.write_commit)
_writer.write_all = half_written
codes = np.full((20, 16), 7, np.uint8)
if task == "append":
    with pcb.append_archive(path, chunk=10) as writer:
        writer.add_many(codes)
elif task == "create":
    with pcb.create_archive(path, model_id=bytes(8), code_bits=128, chunk=10, overwrite=True) as writer:
        writer.add_many(codes)
else:
    atomic.write_atomic(path, bytes(1000), overwrite=True)
"""


def points_survived(path: Path, task: str, check: Callable[[int], None]) -> int:
    """Kills the task at its 1st, 2nd, ... step until it ends by itself; the number of kills."""
    for point in range(1, 40):
        done = subprocess.run([sys.executable, "-c", KILLED, str(path), task, str(point)], check=False)
        if done.returncode == 0:
            return point - 1
        assert done.returncode == 9
        check(point)
    raise AssertionError("never ended")


def test_killed_while_appending(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    committed = path.stat().st_size
    seen = set()

    def check(point: int) -> None:
        codes = codes_in(path)
        with pcb.ArchiveReader(path) as reader:
            seen.add(reader.uncommitted_bytes > 0)
        if len(codes) == 10:
            assert path.read_bytes()[:committed][36:] == path.read_bytes()[36:committed]
        assert (codes[:10] == CODES[:10]).all()
        assert (codes[10:] == 7).all()
        assert len(codes) in (10, 30)
        if len(codes) == 30:  # killed after the commit: start again from the old archive
            create(path, CODES[:10], overwrite=True)

    assert points_survived(path, "append", check) >= 7
    assert seen == {True, False}
    assert len(codes_in(path)) == 30


@pytest.mark.parametrize("task", ["create", "write"])
def test_killed_while_replacing(tmp_path: Path, task: str) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    before = path.read_bytes()

    def check(point: int) -> None:
        if path.read_bytes() != before:  # killed after the rename, the new file is whole
            assert (task == "write" and path.read_bytes() == bytes(1000)) or len(codes_in(path)) == 20
            path.write_bytes(before)

    assert points_survived(path, task, check) >= (6 if task == "create" else 2)


def test_create(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    with pytest.raises(InputError, match=r"a\.pcb exists; pass overwrite=True \(-f on the command line\)$"):
        create(path, CODES[:5])
    assert (codes_in(path) == CODES[:10]).all()
    create(path, CODES[:5], overwrite=True)
    assert (codes_in(path) == CODES[:5]).all()
    with (
        pytest.raises(InputError, match="multiple of 8"),
        pcb.create_archive(tmp_path / "b.pcb", model_id=MODEL, code_bits=3),
    ):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["a.pcb"]


def test_create_fails_without_a_trace(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    before = path.read_bytes()
    for target in (path, tmp_path / "b.pcb"):
        with pytest.raises(RuntimeError):
            create_and_fail(target)
    assert [one.name for one in tmp_path.iterdir()] == ["a.pcb"]
    assert path.read_bytes() == before


def create_and_fail(path: Path) -> None:
    with pcb.create_archive(path, model_id=MODEL, code_bits=128, overwrite=True) as writer:
        writer.add_many(CODES)
        raise RuntimeError


def test_truncated_below_the_committed_size(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    path.write_bytes(path.read_bytes()[:-1])
    for use in (pcb.ArchiveReader, pcb.append_archive):
        with pytest.raises(Truncated, match="download it again"):
            use(path)


def test_a_file_that_is_replaced_before_the_commit(tmp_path: Path) -> None:
    """What was appended would have gone into a file without a name."""
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    writer = pcb.append_archive(path)
    writer.add_many(CODES[10:20])
    create(path, CODES[20:25], overwrite=True)
    with pytest.raises(InputError, match="was replaced or removed meanwhile"):
        writer.close()
    assert (codes_in(path) == CODES[20:25]).all()
    writer = pcb.append_archive(path)
    path.unlink()
    with pytest.raises(InputError, match="was replaced or removed meanwhile"), writer:
        writer.add_many(CODES[:1])


def test_a_file_that_is_replaced_before_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pcbin.formats.pcb import _files

    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    lock = _files._lock

    def slow(file: Any, where: Any) -> None:
        create(path, CODES[20:25], overwrite=True)
        lock(file, where)

    monkeypatch.setattr(_files, "_lock", slow)
    with pytest.raises(InputError, match="was replaced or removed meanwhile"):
        pcb.append_archive(path)
    assert (codes_in(path) == CODES[20:25]).all()


def test_an_append_between_the_size_and_the_commit_record(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])

    class Late(io.FileIO):
        """Something is appended right behind the first look at the size."""

        looked = False

        def seek(self, offset: int, whence: int = 0, /) -> int:
            at = super().seek(offset, whence)
            if whence == 2 and not self.looked:
                self.looked = True
                with pcb.append_archive(path) as writer:
                    writer.add_many(CODES[10:20])
            return at

    with Late(path) as file, pcb.ArchiveReader(file) as reader:  # type: ignore[arg-type]
        assert (reader.codes() == CODES[:20]).all()


@pytest.mark.skipif(sys.platform == "win32", reason="limits are of POSIX")
def test_a_full_disk_leaves_nothing_of_an_append(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    create(path, CODES[:10])
    before = path.read_bytes()
    script = """if True:
        import resource, signal, sys
        import numpy as np
        from pcbin.formats import pcb

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        codes = np.random.default_rng(2).integers(0, 256, (200, 16), dtype=np.uint8)
        writer = pcb.append_archive(sys.argv[1], chunk=100)
        try:
            writer.add_many(codes)
            writer.add_many(codes)
            writer.close()
        except OSError:
            writer.__exit__(OSError, None, None)
            sys.exit(7)
        """
    done = subprocess.run([sys.executable, "-c", script, path], check=False, capture_output=True, text=True)
    assert done.returncode == 7, done.stderr
    assert path.read_bytes() == before
