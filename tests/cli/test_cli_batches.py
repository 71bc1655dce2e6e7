"""Many files: which are taken, which are there already, and what is left when a command is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import documents, environment, process, run, write_xyz

import pcbin.cli._encode_archive as encode_archive
from pcbin.formats import pcb

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX")


def below(folder: str) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in Path(folder).rglob("*") if p.is_file())


def names(path: str) -> list[object]:
    with pcb.ArchiveReader(path) as reader:
        return [record.metadata["name"] for record in reader]


@pytest.fixture
def tree(here: Path) -> Path:
    """in/a.xyz, in/old/a.xyz, in/old/b.xyz."""
    write_xyz("in/a.xyz", 1), write_xyz("in/old/a.xyz", 2), write_xyz("in/old/b.xyz", 3)
    return here


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (("--include", "a.*"), ["a.pcb", "old/a.pcb"]),
        (("--include", "old/*"), ["old/a.pcb", "old/b.pcb"]),
        (("--include", "b.*", "--include", "a.*", "--exclude", "old/a.*"), ["a.pcb", "old/b.pcb"]),
        (("--exclude", "old/*"), ["a.pcb"]),
    ],
)
def test_files_of_folders_are_chosen(tree: Path, options: tuple[str, ...], wanted: list[str]) -> None:
    run("encode", "in", "-o", "out", "-q", *options)
    assert below("out") == wanted
    assert len(documents(run("eval", "in", "--json", *options))) == len(wanted) + (len(wanted) > 1)
    run("encode", "in", "-o", "all", "-q")
    options = tuple(option.replace("*", "pcb") if option.endswith(".*") else option for option in options)
    for command in ("info", "verify", "list"):
        assert len(documents(run(command, "all", "--json", *options))) == len(wanted)
    run("decode", "all", "-o", "back", "-q", *options)
    assert below("back") == [name.replace(".pcb", ".ply") for name in wanted]


def test_patterns_are_about_folders(tree: Path) -> None:
    run("encode", "in/a.xyz", "--exclude", "*", "-q")
    assert Path("in/a.pcb").is_file()
    result = run("encode", "in", "--include", "*.ply", code=1)
    assert "in: no cloud or mesh file below this folder with --include '*.ply'" in result.stderr


def set_time(path: str, seconds: int) -> None:
    os.utime(path, (seconds, seconds))


def test_encoded_files_that_are_there_are_skipped(tree: Path) -> None:
    run("encode", "in", "-o", "out", "-q")
    Path("out/old/b.pcb").unlink()
    before = Path("out/a.pcb").stat().st_mtime_ns
    result = run("encode", "in", "-o", "out", "--skip-existing")
    assert result.stdout.startswith("in/old/b.xyz -> out/old/b.pcb")
    assert result.stderr == "pcbin: 2 of 3 skipped: already there\n"
    assert Path("out/a.pcb").stat().st_mtime_ns == before
    lines = documents(run("encode", "in", "-o", "out", "--skip-existing", "--json"))
    assert lines[0] == {"input": "in/a.xyz", "output": "out/a.pcb", "skipped": True}
    assert run("encode", "in", "-o", "out", "--skip-existing", "-q").output == ""
    set_time("out/a.pcb", 0)  # older than its input: replaced only with -f
    assert "out/a.pcb exists" in run("encode", "in", "-o", "out", "--skip-existing", code=1).stderr
    assert "2 of 3 skipped" in run("encode", "in", "-o", "out", "--skip-existing", "-f").stderr


def test_decoded_files_that_are_there_are_skipped(tree: Path) -> None:
    run("encode", "in", "-o", "all.pcb", "-q")
    run("encode", "in/a.xyz", "-q")
    run("decode", "all.pcb", "in/a.pcb", "-o", "out", "-q")
    Path("out/all/old/b.ply").unlink()
    result = run("decode", "all.pcb", "in/a.pcb", "-o", "out", "--skip-existing")
    assert "1 cloud of 256 points" in result.stdout
    assert result.stderr == "pcbin: 3 of 4 skipped: already there\n"
    assert Path("out/all/old/b.ply").is_file()


def test_archives_that_are_there_are_skipped_or_extended(tree: Path) -> None:
    run("encode", "in", "-o", "all.pcb", "-q")
    before = Path("all.pcb").read_bytes()
    result = run("encode", "in", "-o", "all.pcb", "--skip-existing")
    assert result.output == "pcbin: 3 of 3 skipped: already there\n"
    assert Path("all.pcb").read_bytes() == before
    write_xyz("in/c.xyz", 4)
    result = run("encode", "in", "-o", "all.pcb", "--append", "--skip-existing")
    assert "1 cloud added to all.pcb" in result.stdout
    assert "3 of 4 skipped" in result.stderr
    assert names("all.pcb") == ["a.xyz", "old/a.xyz", "old/b.xyz", "c.xyz"]
    set_time("all.pcb", 0)
    assert "all.pcb exists" in run("encode", "in", "-o", "all.pcb", "--skip-existing", code=1).stderr


def test_archives_are_committed_in_parts(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("encode", "in", "-o", "whole.pcb", "-q")
    monkeypatch.setattr(encode_archive, "COMMIT_SIZE", 1)
    Path("in/0.xyz").write_text("bad")
    result = run("encode", "in", "-o", "parts.pcb", code=1)
    assert "3 clouds -> parts.pcb" in result.stdout
    assert "1 of 4 failed" in result.stderr
    assert names("parts.pcb") == names("whole.pcb")
    with pcb.ArchiveReader("whole.pcb") as whole, pcb.ArchiveReader("parts.pcb") as parts:
        parts.verify()
        assert [record.code for record in parts] == [record.code for record in whole]
    for name in ("a", "old/a", "old/b"):
        Path(f"in/{name}.xyz").write_text("bad")
    assert "none of the clouds" in run("encode", "in", "-o", "none.pcb", code=1).stderr
    assert not Path("none.pcb").exists()


INTERRUPTED = """
import os, signal, sys, time
from pcbin.codec import Codec
code, count = Codec._batch, 0
def interrupt(self, items):
    global count
    count += len(items)
    if count > 64:  # encoded by then, in one batch or one by one
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(3)
    return code(self, items)
Codec._batch = interrupt
from pcbin.cli import main
sys.argv[0] = "pcbin"
main()
"""


def interrupted(*args: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *args, "--model", "tiny", "--no-report", "-q"],
        capture_output=True, text=True, env=environment(), check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    return done.stderr


@posix
def test_an_interrupted_archive_keeps_what_was_encoded(here: Path) -> None:
    for k in range(70):
        write_xyz(f"in/{k:02d}.xyz", k, n=20)
    error = interrupted("encode", "in", "-o", "all.pcb")
    assert "all.pcb holds what was encoded so far; go on with --resume" in error
    assert error.endswith("pcbin: error: interrupted\n")
    first = names("all.pcb")
    assert len(first) == 64
    process("verify", "all.pcb")
    process("encode", "in", "-o", "all.pcb", "--resume", "--model", "tiny", "-q")
    assert names("all.pcb") == [f"{k:02d}.xyz" for k in range(70)]
    # where an archive would be replaced, the old one stays
    before = Path("all.pcb").read_bytes()
    assert "holds" not in interrupted("encode", "in", "-o", "all.pcb", "-f")
    assert Path("all.pcb").read_bytes() == before


@posix
def test_an_interrupted_folder_keeps_what_was_encoded(here: Path) -> None:
    for k in range(70):
        write_xyz(f"in/{k:02d}.xyz", k, n=20)
    error = interrupted("encode", "in", "-o", "out")
    assert "what was encoded so far is there; go on with --resume" in error
    assert below("out") == [f"{k:02d}.pcb" for k in range(64)]
    run("encode", "in", "-o", "out", "--resume", "-q")
    run("encode", "in", "-o", "again", "-q")
    assert below("out") == below("again") == [f"{k:02d}.pcb" for k in range(70)]
    assert all(Path("out", name).read_bytes() == Path("again", name).read_bytes() for name in below("out"))


def test_resuming_encodes_what_is_not_there(tree: Path) -> None:
    text = Path("in/old/b.xyz").read_text()
    Path("in/old/b.xyz").write_text("bad")
    for out in ("all.pcb", "out"):
        command = ("encode", "in", "-o", out, "--resume", "--metadata", "by=me")
        assert "1 of 3 failed" in run(*command, code=1).stderr
        Path("in/old/b.xyz").write_text(text)
        assert run(*command).stderr == "pcbin: 2 of 3 skipped: already there\n"
        assert run(*command).output == "pcbin: 3 of 3 skipped: already there\n"
        Path("in/old/b.xyz").write_text("bad")
    assert names("all.pcb") == ["a.xyz", "old/a.xyz", "old/b.xyz"]
    assert below("out") == ["a.pcb", "old/a.pcb", "old/b.pcb"]
    assert "omit one" in run("encode", "in", "-o", "all.pcb", "--resume", "-f", code=2).stderr


@posix
def test_ctrl_c_waits_for_its_place() -> None:
    from pcbin.cli._interrupts import interrupts

    with interrupts() as ctrl_c:
        signal.raise_signal(signal.SIGINT)
        assert ctrl_c.pressed()
        with pytest.raises(KeyboardInterrupt), ctrl_c.allowed():
            pytest.fail("not reached")
        with pytest.raises(KeyboardInterrupt):  # a second one does not wait
            signal.raise_signal(signal.SIGINT)


def test_contents_are_listed(tree: Path, models: Path) -> None:
    run("encode", "in", "-o", "all.pcb", "-q")
    run("encode", "in/a.xyz", "-q")
    assert run("list", "all.pcb", "in/a.pcb").stdout == (
        "all.pcb: 3 clouds\n  0  128 bits  a.xyz\n  1  128 bits  old/a.xyz\n  2  128 bits  old/b.xyz\n"
        "in/a.pcb: 1 cloud\n  0  128 bits  -\n"
    )
    assert documents(run("list", "all.pcb", "--json"))[1] == {
        "input": "all.pcb", "index": 1, "name": "old/a.xyz", "bits": 128,
    }  # fmt: skip
    (models / "tiny.safetensors").unlink()  # none is needed
    piped = process("list", "-", input=Path("all.pcb").read_bytes()).stdout
    assert piped.endswith(b"  128 bits  old/b.xyz\n")


def test_decoded_by_name(tree: Path) -> None:
    run("encode", "in", "-o", "all.pcb", "-q")
    run("decode", "all.pcb", "--name", "old/*", "-o", "out", "-q")
    assert below("out") == ["old/a.ply", "old/b.ply"]
    run("decode", "all.pcb", "--name", "b.*", "-o", "b.xyz", "-q")
    run("decode", "all.pcb", "--index", "2", "-o", "2.xyz", "-q")
    assert Path("b.xyz").read_bytes() == Path("2.xyz").read_bytes()
    piped = process("decode", "-", "--name", "b.*", "--format", "xyz", input=Path("all.pcb").read_bytes())
    assert piped.stdout == Path("b.xyz").read_bytes()
    assert "several clouds" in run("decode", "all.pcb", "--name", "a.*", "-o", "a.ply", code=1).stderr
    assert "matches 'c*' or 'd*'" in run("decode", "all.pcb", "--name", "c*", "--name", "d*", code=1).stderr


@posix
def test_names_that_are_not_utf8(here: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    shown = "caf\\udce9"
    for folder in ("in", "in/deep"):
        try:
            write_xyz(f"{folder}/{name}.xyz")
        except OSError:
            pytest.skip("this file system holds UTF-8 only")
    assert f"in/{shown}.xyz -> in/{shown}.pcb" in run("encode", f"in/{name}.xyz").stdout
    assert shown in run("encode", f"in/{name}.xyz", code=1).stderr
    assert documents(run("encode", f"in/{name}.xyz", "-f", "--json"))[0]["input"] == f"in/{name}.xyz"
    for command in ("info", "verify", "list", "decode"):
        assert f"in/{shown}.pcb" in run(command, f"in/{name}.pcb").stdout
        missing = run(command, f"{name}.pcb", code=1).stderr
        assert missing == f"pcbin: error: {shown}.pcb: no such file or folder; check the path\n"
    assert shown in run("eval", f"in/{name}.xyz").stdout
    missing = run("encode", f"{name}.xyz", code=1).stderr
    assert missing == f"pcbin: error: {shown}.xyz: no such file or folder; check the path\n"
    run("encode", "in", "-o", "all.pcb", "-q", "--include", "*.xyz")
    assert names("all.pcb") == [b"caf\xe9.xyz", b"deep/caf\xe9.xyz"]  # not text, as text is UTF-8
    assert f"  0  128 bits  {shown}.xyz" in run("list", "all.pcb").stdout
    assert documents(run("list", "all.pcb", "--json"))[0]["name"] == f"{name}.xyz"
    run("decode", "all.pcb", "-o", "out", "-q")
    assert below("out") == [f"{name}.ply", f"deep/{name}.ply"]
    result = process("encode", f"in/{name}.xyz", "-f", "--model", "tiny").stdout  # a real terminal's streams
    assert shown.encode() in result


def test_misspelt_paths(here: Path) -> None:
    write_xyz("a.xyz")
    for command in ("encode", "eval", "decode", "info", "verify", "list"):
        for path in ("nothing", "nothing/", "nothing.ply", "nothing/a.pcb"):
            error = run(command, path, code=1).stderr
            assert error == f"pcbin: error: {path.rstrip('/')}: no such file or folder; check the path\n"


def test_points_that_are_not_finite(here: Path) -> None:
    text = write_xyz("in/a.xyz").read_text()
    Path("in/a.xyz").write_text("nan nan nan\n" + text)
    note = "1 point with NaN or infinite coordinates dropped"
    assert "--drop-nan" in run("encode", "in/a.xyz", code=1).stderr
    assert f"\n  {note}\n" in run("encode", "in/a.xyz", "--drop-nan").stdout
    assert f"\n  {note}\n" in run("encode", "in", "--archive", "--drop-nan").stdout
    assert f"\n  {note}\n" in run("eval", "in/a.xyz", "in/a.pcb", "--drop-nan").stdout
    write_xyz("in/b.xyz", 2)
    assert f"\n  in/a.xyz: {note}\n" in run("eval", "in", "--drop-nan").stdout
    [document] = documents(run("encode", "in/a.xyz", "--drop-nan", "-f", "--json"))
    assert (document["points"], document["dropped_points"], document["skipped_faces"]) == (300, 1, 0)


def test_faces_without_a_surface_are_told(here: Path) -> None:
    Path("a.off").write_text("OFF\n3 2 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n2 0 1\n")
    assert "1 face of fewer than three distinct corners skipped" in run("encode", "a.off").stdout


def test_arrays_by_name(here: Path) -> None:
    points = np.random.default_rng(0).normal(size=(300, 3))
    np.savez("a.npz", left=points, right=2 * points)
    error = run("encode", "a.npz", code=1).stderr
    assert "left" in error
    assert "--array" in error
    run("encode", "a.npz", "--array", "left", "-q")
    assert "300" in run("eval", "a.npz", "a.pcb", "--array", "left").stdout
    write_xyz("a.xyz")
    assert "no named arrays" in run("encode", "a.xyz", "--array", "left", "-f", code=1).stderr


def test_texts_beside_clouds_are_no_clouds(here: Path) -> None:
    write_xyz("in/a.xyz"), write_xyz("in/b.txt", 2)
    Path("in/LICENSE.TXT").write_text("This is a licence.\n")
    run("encode", "in", "-o", "out", "-q")
    assert below("out") == ["a.pcb", "b.pcb"]
