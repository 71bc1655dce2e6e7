"""`pcbin merge` and `pcbin compact`."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_helpers import documents, run, write_xyz

from pcbin.formats import pcb


@pytest.fixture
def two(here: Path) -> Path:
    """all.pcb: in/a.xyz, in/b.xyz and, appended one by one, c.xyz to f.xyz; more.pcb: a.xyz alone."""
    write_xyz("in/a.xyz", 1), write_xyz("in/b.xyz", 2)
    run("encode", "in", "-o", "all.pcb", "-q", "--metadata", "by=me")
    for seed, name in enumerate("cdef"):
        write_xyz(f"{name}.xyz", seed)
        run("encode", f"{name}.xyz", "-o", "all.pcb", "--append", "-q")
    run("encode", "in/a.xyz", "-o", "more.pcb", "--archive", "-q")
    return here


def names(path: str) -> list[str]:
    with pcb.ArchiveReader(path) as reader:
        reader.verify()
        return [record.metadata["name"] for record in reader]


def test_compact(two: Path) -> None:
    before = Path("all.pcb").stat().st_size
    wanted = names("all.pcb")
    [document] = documents(run("compact", "all.pcb", "-o", "small.pcb", "--json"))
    after = Path("small.pcb").stat().st_size
    assert document == {
        "input": "all.pcb", "output": "small.pcb", "clouds": 6, "bytes_before": before, "bytes": after,
    }  # fmt: skip
    assert run("compact", "all.pcb").stdout.splitlines() == [
        "all.pcb",
        f"  6 clouds, {before:,} -> {after:,} bytes ({after / 6:.1f} per cloud)",
    ]
    assert after < before / 2
    assert names("all.pcb") == names("small.pcb") == wanted == [f"{name}.xyz" for name in "abcdef"]


def test_compact_refuses(two: Path) -> None:
    before = Path("all.pcb").read_bytes()
    assert "exists; pass -f" in run("compact", "all.pcb", "-o", "more.pcb", code=1).stderr
    run("encode", "in/a.xyz", "-o", "one.pcb", "-q")
    assert "a single cloud" in run("compact", "one.pcb", code=1).stderr
    assert "no such file" in run("compact", "none.pcb", code=1).stderr
    assert "name them" in run("compact", "-", code=2).stderr
    assert "named like" in run("compact", "all.pcb", "-o", "a.ply", code=2).stderr
    assert Path("all.pcb").read_bytes() == before


def test_merge(two: Path) -> None:
    assert (
        "names: a.xyz in more than one file"
        in run("merge", "all.pcb", "more.pcb", "-o", "o.pcb", code=1).stderr
    )
    assert not Path("o.pcb").exists()
    result = run("merge", "all.pcb", "more.pcb", "-o", "o.pcb", "--rename")
    size = Path("o.pcb").stat().st_size
    assert result.stdout == f"2 files -> o.pcb\n  7 clouds, {size:,} bytes ({size / 7:.1f} per cloud)\n"
    assert names("o.pcb") == [*(f"{name}.xyz" for name in "abcdef"), "a-2.xyz"]
    with pcb.ArchiveReader("o.pcb") as reader:
        assert reader.metadata == {"by": "me"}
    run("merge", "all.pcb", "more.pcb", "-o", "o.pcb", "--rename", "-f", "--metadata", "by=you", "-q")
    with pcb.ArchiveReader("o.pcb") as reader:
        assert reader.metadata == {"by": "you"}


def test_a_folder_of_files_of_one_cloud(two: Path) -> None:
    run("encode", "in", "-o", "coded/", "-q")
    [document] = documents(run("merge", "coded", "-o", "o.pcb", "--json"))
    assert document == {
        "inputs": ["coded/a.pcb", "coded/b.pcb"],
        "output": "o.pcb",
        "clouds": 2,
        "bytes": Path("o.pcb").stat().st_size,
    }
    with pcb.ArchiveReader("o.pcb") as found, pcb.ArchiveReader("all.pcb") as wanted:
        assert [one.code for one in found] == [one.code for one in wanted[:2]]


def test_merge_refuses(two: Path) -> None:
    before = Path("all.pcb").read_bytes()
    assert "is an input" in run("merge", "all.pcb", "more.pcb", "-o", "all.pcb", "-f", code=1).stderr
    assert "exists; pass -f" in run("merge", "more.pcb", "-o", "all.pcb", code=1).stderr
    assert "name them" in run("merge", "all.pcb", "-o", "-", code=2).stderr
    assert "no .pcb file below" in run("merge", "in", "-o", "o.pcb", code=1).stderr
    Path("bad.pcb").write_bytes(before[:-1])
    assert "bad.pcb" in run("merge", "more.pcb", "bad.pcb", "-o", "o.pcb", code=1).stderr
    assert Path("all.pcb").read_bytes() == before
    assert not Path("o.pcb").exists()
