"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest

from pcbin.errors import InputError
from pcbin.formats.atomic import open_atomic, write_atomic


def test_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, b"old", overwrite=False)
    assert path.read_bytes() == b"old"
    with pytest.raises(InputError, match=r"file exists; pass overwrite=True \(-f on the command line\)$"):
        write_atomic(path, b"new", overwrite=False)
    assert path.read_bytes() == b"old"
    write_atomic(str(path), b"new", overwrite=True)
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_mode_is_that_of_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        for name, overwrite in (("a", False), ("b", True)):
            write_atomic(tmp_path / name, b"", overwrite=overwrite)
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o640
    finally:
        os.umask(old)


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_a_file_that_is_replaced_passes_its_mode_on(tmp_path: Path) -> None:
    path = tmp_path / "private"
    path.write_bytes(b"old")
    path.chmod(0o600)
    write_atomic(path, b"new", overwrite=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("dangling", [False, True])
def test_links_that_strangers_may_have_planted(dangling: bool, tmp_path: Path) -> None:
    outside, link = tmp_path / "outside", tmp_path / "link"
    if not dangling:
        outside.write_bytes(b"theirs")
    link.symlink_to(outside)
    with (
        pytest.raises(InputError, match="link exists"),
        open_atomic(link, overwrite=False, follow=False) as file,
    ):
        file.write(b"mine")
    with open_atomic(link, overwrite=True, follow=False) as file:
        file.write(b"mine")
    assert link.read_bytes() == b"mine"
    assert not link.is_symlink()
    assert (outside.read_bytes() == b"theirs") if not dangling else not outside.exists()


def test_what_killed_writes_left_is_removed_a_day_later(tmp_path: Path) -> None:
    names = [".file.0123456789ab.tmp", ".file.ba9876543210.tmp", ".other.0123456789ab.tmp", ".file.tmp"]
    for name in names:
        (tmp_path / name).write_bytes(b"half")
    for name in (names[0], *names[2:]):
        os.utime(tmp_path / name, (0, 0))
    write_atomic(tmp_path / "file", b"", overwrite=False)
    assert {path.name for path in tmp_path.iterdir()} == {"file", *names[1:]}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_leaves_nothing(tmp_path: Path, error: type[BaseException], overwrite: bool) -> None:
    def fail() -> None:
        with open_atomic(tmp_path / "file", overwrite=overwrite) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert not list(tmp_path.iterdir())


def overtaken(path: Path) -> None:
    """Writes a file while another appears in its place."""
    with open_atomic(path, overwrite=False) as file:
        file.write(b"mine")
        path.write_bytes(b"theirs")


def test_a_file_that_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(InputError, match="exists"):
        overtaken(path)
    assert path.read_bytes() == b"theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = tmp_path / "file"
    write_atomic(path, b"data", overwrite=False)
    assert path.read_bytes() == b"data"
    with pytest.raises(InputError, match="exists"):
        overtaken(tmp_path / "late")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "late"]
    assert (tmp_path / "late").read_bytes() == b"theirs"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        write_atomic(tmp_path, b"", overwrite=True)
    with pytest.raises(InputError, match="does not exist; create it first"):
        write_atomic(tmp_path / "no" / "file", b"", overwrite=True)


def test_long_names(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 125)
    write_atomic(path, b"data", overwrite=False)
    assert path.read_bytes() == b"data"


@pytest.mark.skipif(os.name == "nt", reason="needs symbolic links")
def test_a_symbolic_link_is_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomic(link, b"new", overwrite=True)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="needs /dev/null")
def test_devices_are_written_to_directly() -> None:
    write_atomic("/dev/null", b"data", overwrite=False)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116
