"""Archives on the command line: written, extended, streamed, decoded."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import documents, run, write_xyz

import pcbin
from pcbin.formats import pcb
from pcbin.formats.clouds import read_cloud


@pytest.fixture
def three(here: Path) -> Path:
    """in/a.xyz, in/b.xyz and in/deep/c.xyz, and all of them in all.pcb."""
    write_xyz("in/a.xyz", 1), write_xyz("in/b.xyz", 2), write_xyz("in/deep/c.xyz", 3)
    run("encode", "in", "-o", "all.pcb", "-q")
    return here


def names(path: str) -> list[str]:
    with pcb.ArchiveReader(path) as reader:
        return [record.metadata["name"] for record in reader]


def test_a_folder_becomes_an_archive(three: Path) -> None:
    assert names("all.pcb") == ["a.xyz", "b.xyz", "deep/c.xyz"]
    result = run("encode", "in", "--archive")
    assert result.stdout.splitlines()[3].startswith("3 clouds -> ")
    assert "(worst " in result.stdout
    assert Path("in.pcb").read_bytes() == Path("all.pcb").read_bytes()
    run("encode", "in/a.xyz", "in/b.xyz", "-o", "two.pcb", "-q", "--metadata", "by=me")
    with pcb.ArchiveReader("two.pcb") as reader:
        assert reader.metadata == {"by": "me"}
    run("encode", "in/a.xyz", "--archive", "-o", "one.pcb", "-q", "--no-pose")
    with pcb.ArchiveReader("one.pcb") as reader:
        assert (reader.header.layout, reader.pose_kind, len(reader)) == ("archive", "none", 1)


def test_archives_hold_the_codes_of_the_files(three: Path) -> None:
    run("encode", "in/b.xyz", "-q")
    single = pcb.loads(Path("in/b.pcb").read_bytes())
    with pcb.ArchiveReader("all.pcb") as reader:
        assert reader[1].code == single.code


def test_archive_as_json(three: Path) -> None:
    *clouds, summary = documents(run("encode", "in", "-o", "all.pcb", "-f", "--json"))
    assert [cloud["name"] for cloud in clouds] == names("all.pcb")
    assert summary["summary"] is True
    assert summary["clouds"] == 3
    assert summary["bytes"] == Path("all.pcb").stat().st_size
    assert summary["chamfer"] == pytest.approx(np.mean([cloud["chamfer"] for cloud in clouds]))


def test_append(three: Path) -> None:
    write_xyz("d.xyz", 4)
    result = run("encode", "d.xyz", "-o", "all.pcb", "--append")
    assert "1 cloud added to all.pcb" in result.stdout
    assert "bytes more" in result.stdout
    assert names("all.pcb") == ["a.xyz", "b.xyz", "deep/c.xyz", "d.xyz"]
    run("encode", "d.xyz", "--no-pose", "--archive", "-o", "bare.pcb", "-q")
    run("encode", "in", "-o", "bare.pcb", "--append", "-q")
    assert len(names("bare.pcb")) == 4


def test_append_refuses(three: Path, models: Path, make_model) -> None:
    before = Path("all.pcb").read_bytes()
    assert "omit --append" in run("encode", "in", "-o", "no.pcb", "--append", code=1).stderr
    run("encode", "in/a.xyz", "-o", "single.pcb", "-q")
    assert "cannot grow" in run("encode", "in", "-o", "single.pcb", "--append", code=1).stderr
    (models / "other.safetensors").write_bytes(make_model(1, name="other"))
    assert "model" in run("encode", "in", "-o", "all.pcb", "--append", "--model", "other", code=1).stderr
    Path("bad.xyz").write_text("bad")
    assert "nothing was written" in run("encode", "bad.xyz", "-o", "all.pcb", "--append", code=1).stderr
    assert Path("all.pcb").read_bytes() == before


def test_archives_are_not_replaced_unasked(three: Path) -> None:
    assert "pass -f" in run("encode", "in", "-o", "all.pcb", code=1).stderr
    os.link("in/a.xyz", "trap.pcb")
    assert "is an input" in run("encode", "in", "-o", "trap.pcb", "-f", code=1).stderr


def test_clouds_that_fail_are_left_out(three: Path) -> None:
    Path("in/bad.xyz").write_text("bad")
    Path("in/far.xyz").write_text("0 0 0\n1e300 1e300 1e300\n")  # read, but no pose holds it
    result = run("encode", "in", "-o", "some.pcb", code=1)
    assert "3 clouds -> some.pcb" in result.stdout
    assert "pcbin: 2 of 5 failed" in result.stderr
    assert len(names("some.pcb")) == 3
    for name in ("a", "b", "deep/c"):
        Path(f"in/{name}.xyz").unlink()
    run("encode", "in", "-o", "none.pcb", code=1)
    assert not Path("none.pcb").exists()


def test_through_pipes(three: Path) -> None:
    data = run("encode", "in", "-o", "-").stdout_bytes
    assert len(pcb.ArchiveReader(io.BytesIO(data))) == 3
    run("decode", "-", "-o", "out", "--format", "xyz", input=data)
    assert sorted(p.name for p in Path("out").rglob("*.xyz")) == ["a.xyz", "b.xyz", "c.xyz"]
    one = run("encode", "-", "--archive", "--format", "xyz", input=Path("in/a.xyz").read_bytes()).stdout_bytes
    assert len(pcb.ArchiveReader(io.BytesIO(one))) == 1
    assert "several clouds" in run("decode", "-", input=data, code=1).stderr
    assert run("decode", "-", "--index", "2", "--format", "xyz", input=data).stdout_bytes.count(b"\n") == 256


def test_decoded_as_the_library_does(three: Path) -> None:
    result = run("decode", "all.pcb")
    assert result.stdout.startswith("all.pcb -> all/\n  3 clouds of 256 points, decoded by model tiny in ")
    with pcbin.open("all.pcb") as archive:
        for name, wanted in zip(("a", "b", "deep/c"), archive, strict=True):
            found = read_cloud(f"all/{name}.ply").points
            np.testing.assert_array_equal(found, wanted)


def test_places_of_decoded_archives(three: Path) -> None:
    run("encode", "in/a.xyz", "-o", "single.pcb", "-q")
    run("decode", "all.pcb", "single.pcb", "-o", "out", "-q")
    assert Path("out/all/deep/c.ply").is_file()
    assert Path("out/single.ply").is_file()
    run("decode", "./all.pcb", "-o", "fresh/", "-q")
    assert Path("fresh/deep/c.ply").is_file()
    run("decode", "all.pcb", "-o", "plain", "-q")
    assert Path("plain/deep/c.ply").is_file()
    run("decode", ".", "-o", "tree", "-q")
    assert Path("tree/all/a.ply").is_file()
    assert Path("tree/single.ply").is_file()


@pytest.mark.parametrize(
    ("indices", "wanted"),
    [
        (("0",), "a"),
        (("-1",), "c"),
        (("0,2",), "ac"),
        (("1:",), "bc"),
        ((":2", "1:3"), "abc"),
        (("::2",), "ac"),
        (("0:100",), "abc"),
        (("2,2,2",), "c"),
    ],
)
def test_chosen_clouds(three: Path, indices: tuple[str, ...], wanted: str) -> None:
    options = [option for index in indices for option in ("--index", index)]
    run("decode", "all.pcb", "-o", "out/", *options, "-q")
    assert sorted(p.stem for p in Path("out").rglob("*.ply")) == sorted(wanted)


def test_one_chosen_cloud_to_a_file(three: Path) -> None:
    run("decode", "all.pcb", "--index", "1", "-o", "b.npy", "-q")
    assert np.load("b.npy").shape == (256, 3)
    assert "several clouds are selected" in run("decode", "all.pcb", "-o", "b.ply", code=1).stderr
    assert "no cloud is selected" in run("decode", "all.pcb", "--index", "5:9", "-o", "b.ply", code=1).stderr
    assert "there is no cloud 3" in run("decode", "all.pcb", "--index", "3", "-o", "b.ply", code=1).stderr
    assert "there is no cloud -4" in run("decode", "all.pcb", "--index", "-4", code=1).stderr
    assert "step of 0" in run("decode", "all.pcb", "--index", "::0", code=1).stderr
    for text in ("x", "1:2:3:4", "", "1,"):
        assert "neither a number nor a range" in run("decode", "all.pcb", "--index", text, code=2).stderr


def archive_of(path: str, *metadata: Mapping[str, object] | None) -> None:
    with pcbin.open(path, "w", model="tiny") as archive:
        archive.extend([np.random.default_rng(0).normal(size=(50, 3))] * len(metadata), metadata)


def test_names_never_leave_the_folder(here: Path) -> None:
    evil = [
        "../up",
        "/abs",
        "a/../../b",
        "C:\\x",
        "a\x1b[2J",
        "",
        "x" * 300,
        "a//b",
        ".",
        "nul\0",
        "dot.",
        "aux",
        "NUL.ply",
        "x/com1",
    ]
    archive_of("evil.pcb", *({"name": name} for name in evil))
    result = run("decode", "evil.pcb", "-o", "deep/out")
    assert result.stderr.count("is not a safe path") == len(evil)
    assert sorted(p.name for p in here.rglob("*.ply")) == [f"{i:02d}.ply" for i in range(len(evil))]
    assert all(p.parent == here / "deep/out" for p in here.rglob("*.ply"))


def test_links_in_the_output_folder_are_not_followed(here: Path) -> None:
    archive_of("all.pcb", {"name": "sub/a"}, {"name": "b"}, {"name": "c"})
    outside, out = here / "outside", here / "out"
    outside.mkdir()
    out.mkdir()
    (out / "sub").symlink_to(outside)
    (out / "b.ply").symlink_to(outside / "b.ply")
    result = run("decode", "all.pcb", "-o", "out", "-f", code=1)
    assert "is a symbolic link, which names in archives do not follow" in result.stderr
    assert not list(outside.iterdir())
    assert not (out / "b.ply").is_symlink()
    assert (out / "c.ply").is_file()


FORGED = "x\nfake: OK\x1b[2J\u2028y"


@pytest.mark.parametrize("command", ["info", "list", "verify", "decode", "encode"])
def test_no_file_forges_a_line_of_a_report(here: Path, command: str) -> None:
    """Keys and names with newlines: in the archive, and of the file itself."""
    with pcbin.open("forged.pcb", "w", model="tiny", metadata={FORGED: FORGED, "note": FORGED}) as archive:
        archive.append(np.random.default_rng(0).normal(size=(50, 3)), {"name": FORGED})
    np.save("c\nfake: OK.npy", np.random.default_rng(0).normal(size=(50, 3)))
    Path("forged.pcb").rename("f\nfake: OK.pcb")
    argument = "c\nfake: OK.npy" if command == "encode" else "f\nfake: OK.pcb"
    result = run(command, argument, *(["--model", "tiny"] if command == "encode" else []))
    for line in (result.stdout + result.stderr).split("\n"):
        assert not line.startswith(("fake", "y"))
        assert line.isprintable()


def test_only_who_asks_gets_more_than_10_000_files(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive_of("all.pcb", *[None] * 4)
    monkeypatch.setattr("pcbin.cli._decode_files.MANY", 3)
    assert "all.pcb: 4 clouds, a file each; pass --all" in run("decode", "all.pcb", code=1).stderr
    assert not Path("all").exists()
    run("decode", "all.pcb", "--index", ":", "-o", "chosen")
    run("decode", "all.pcb", "--all", "-o", "out")
    assert len(list(Path("out").iterdir())) == len(list(Path("chosen").iterdir())) == 4


def test_a_name_that_looks_like_the_way_out_of_another(here: Path) -> None:
    archive_of("odd.pcb", {"name": "a-2"}, {"name": "a"}, {"name": "a"})
    run("decode", "odd.pcb", "-o", "out", "-f")
    assert {p.name for p in Path("out").iterdir()} == {"a-2.ply", "a.ply", "a-2-2.ply"}


def test_names_that_are_missing_or_alike(here: Path) -> None:
    archive_of(
        "odd.pcb",
        None,
        {"name": "a.off"},
        {"name": "a.obj"},
        {"name": "A.obj"},
        {"name": "v1.2"},
        {"name": 7},
    )
    run("decode", "odd.pcb", "-o", "out")
    assert {p.name for p in Path("out").iterdir()} == {
        "0.ply",
        "a.ply",
        "a-2.ply",
        "A-3.ply",
        "v1.2.ply",
        "5.ply",
    }


def test_of_an_archive_the_free_names_are_written(three: Path) -> None:
    Path("out").mkdir()
    Path("out/b.ply").write_text("precious")
    result = run("decode", "all.pcb", "-o", "out", code=1)
    assert "2 clouds of 256 points" in result.stdout
    assert "pcbin: 1 of 3 failed" in result.stderr
    assert Path("out/b.ply").read_text() == "precious"
    run("decode", "all.pcb", "-o", "out", "-f", "-q")


def test_archives_decoded_as_json(three: Path) -> None:
    *clouds, summary = documents(run("decode", "all.pcb", "--json"))
    names = ("a.ply", "b.ply", "deep/c.ply")
    assert [cloud["output"] for cloud in clouds] == [str(Path("all", name)) for name in names]
    assert (summary["clouds"], summary["summary"]) == (3, True)
