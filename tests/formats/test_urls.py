"""What fsspec opens, in place of paths: read, written whole or not at all, and refused where files change."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin import arrow
from pcbin.errors import FormatError, InputError, MissingDependency
from pcbin.formats import pcb, urls
from pcbin.formats.atomic import open_atomic, write_atomic
from pcbin.formats.clouds import read_cloud

ROOT = Path(__file__).parents[2]


@pytest.fixture
def system() -> Iterator[Any]:
    """The files of memory://, none at first."""
    fsspec = pytest.importorskip("fsspec")
    found = fsspec.filesystem("memory")
    found.store.clear()
    yield found
    found.store.clear()


@pytest.mark.parametrize("path", ["a.pcb", Path("a"), "C://a", "C:/a", "://a", b"s3://a"])
def test_paths(path: Any) -> None:
    assert not urls.is_url(path)
    assert urls.is_url("s3://bucket/a.pcb")
    assert urls.is_url("zip://a.ply::https://host/b.zip")


def test_clouds_are_read(system: Any, tmp_path: Path) -> None:
    for name in ("chair.ply", "digit.png"):
        system.pipe_file(f"/in/{name}", (ROOT / "examples" / name).read_bytes())
    wanted = read_cloud(ROOT / "examples" / "chair.ply").points
    np.testing.assert_array_equal(read_cloud("memory://in/chair.ply").points, wanted)
    np.testing.assert_array_equal(read_cloud(f"file://{ROOT}/examples/chair.ply").points, wanted)
    with pytest.raises(InputError, match=r"memory://in/none\.ply: no such file"):
        read_cloud("memory://in/none.ply")
    with pytest.raises(InputError, match=r"nothing-known://a\.ply: .*install what opens it, or pass a path"):
        read_cloud("nothing-known://a.ply")
    pytest.importorskip("PIL")
    from pcbin.formats.images import read_image

    assert read_image("memory://in/digit.png").shape == (28, 28)


def test_archives(system: Any, tmp_path: Path, cloud: Callable[..., Any], tiny_path: Path) -> None:
    clouds = [cloud(seed=seed) for seed in range(5)]
    options: Any = {"model": "tiny", "effort": 0, "warn": False}
    for path in ("memory://out/a.pcb", tmp_path / "a.pcb"):
        with pcbin.open(path, "w", **options) as archive:
            archive.extend(clouds, [{"name": f"{row}"} for row in range(5)])
    assert system.cat_file("/out/a.pcb") == (tmp_path / "a.pcb").read_bytes()
    with pcbin.open("memory://out/a.pcb") as archive, pcbin.open(tmp_path / "a.pcb") as wanted:
        np.testing.assert_array_equal(archive[3], wanted[3])
        np.testing.assert_array_equal(np.concatenate(list(archive.code_blocks())), wanted.codes())
        assert archive.verify() == 5
    with pytest.raises(InputError, match="exists"):
        pcbin.open("memory://out/a.pcb", "x", **options)
    assert pcbin.merge(["memory://out/a.pcb", tmp_path / "a.pcb"], "memory://out/b.pcb", rename=True) == 10
    with pytest.raises(InputError, match="exists"):
        pcbin.merge([tmp_path / "a.pcb"], "memory://out/b.pcb")
    assert pcbin.view("memory://out/a.pcb").html
    one = pcbin.compress(clouds[0], **options)
    write_atomic("memory://out/one.pcb", one, overwrite=False)
    with pcbin.open("memory://out/one.pcb") as archive:
        np.testing.assert_array_equal(archive[0], pcbin.decompress(one))
    assert sorted(system.ls("/out", detail=False)) == ["/out/a.pcb", "/out/b.pcb", "/out/one.pcb"]


def test_whole_or_not_at_all(system: Any, tmp_path: Path) -> None:
    write_atomic("memory://out/a", b"old", overwrite=False)
    with suppress(KeyError), open_atomic("memory://out/a", overwrite=True) as file:
        file.write(b"half")
        raise KeyError
    with pytest.raises(InputError, match="exists"):
        write_atomic("memory://out/a", b"new", overwrite=False)
    assert (system.cat_file("/out/a"), system.ls("/out", detail=False)) == (b"old", ["/out/a"])
    write_atomic("memory://out/a", b"new", overwrite=True)
    assert system.cat_file("/out/a") == b"new"


def test_a_full_store_leaves_nothing(system: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*paths: str, **options: Any) -> None:
        raise OSError("full")

    monkeypatch.setattr(type(system), "mv", full)
    with pytest.raises(OSError, match="full"):
        write_atomic("memory://out/a", b"new", overwrite=True)
    assert not system.store


def test_streams_that_say_they_seek() -> None:
    """Those of web servers that cannot send parts of a file."""

    class Stream(io.BytesIO):
        def seek(self, *place: int) -> int:
            raise ValueError("Cannot seek streaming HTTP file")

    with pytest.raises(InputError, match="copy it here first"):
        pcbin.open(Stream(pcbin.compress(np.eye(3), model="chair", effort=0, warn=False)))


def test_stores_that_are_only_read() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(InputError, match=r"cannot be written .*; write to a path"):
        write_atomic("data://text/a", b"new", overwrite=True)


def test_damaged(system: Any) -> None:
    system.pipe_file("/a.pcb", b"\x89PCB" + bytes(40))
    with pytest.raises(FormatError):
        pcbin.open("memory://a.pcb")
    with pytest.raises(FileNotFoundError):
        pcbin.open("memory://none.pcb")


def test_tables(system: Any, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    with pcb.create_archive("memory://a.pcb", model_id=bytes(8), code_bits=16) as writer:
        writer.add_many(np.arange(8, dtype=np.uint8).reshape(4, 2))
    for name in ("memory://a.parquet", "memory://a.arrow"):
        arrow.write_table(pcbin.to_arrow("memory://a.pcb"), name)
        pcbin.from_arrow(arrow.read_table(name), "memory://b.pcb", overwrite=True)
        assert system.cat_file("/b.pcb") == system.cat_file("/a.pcb")


def test_what_needs_a_path(system: Any, tmp_path: Path) -> None:
    with pcb.create_archive("memory://a.pcb", model_id=pcbin.load_model("chair").id, code_bits=128) as writer:
        writer.add_many(np.zeros((4, 16), np.uint8))
    calls: list[Callable[[], Any]] = [
        lambda: pcbin.open("memory://a.pcb", "a", effort=0),
        lambda: pcbin.compact("memory://a.pcb"),
        lambda: pcbin.ArchiveDataset("memory://a.pcb"),
        lambda: pcbin.Codec("chair").encode_file("memory://a.ply"),
        lambda: pcbin.Codec("chair").decode_file(tmp_path / "a.pcb", "memory://a.ply"),
    ]
    for call in calls:
        with pytest.raises(InputError, match=r"^memory://a\.\w+: a URL, and .*; copy it first$"):
            call()


def test_without_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingDependency, match=r"s3://b/a\.pcb needs fsspec: pip install 'pcbin\[fsspec\]'"):
        pcbin.open("s3://b/a.pcb")
    with pytest.raises(MissingDependency):
        read_cloud("s3://b/a.ply")
