"""`pcbin encode`: clouds to files of their own."""

from __future__ import annotations

import gzip
import os
import sys
from pathlib import Path

import pytest
from cli_helpers import documents, run, write_xyz

from pcbin.formats import pcb

OFF = b"OFF\n4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n3 0 1 2\n3 0 1 3\n3 0 2 3\n3 1 2 3\n"


def test_one_file_beside_its_input(here: Path) -> None:
    write_xyz("a.xyz")
    result = run("encode", "a.xyz")
    assert result.stdout.startswith("a.xyz -> a.pcb\n")
    assert "128 bits of code, 52 bytes as a file: 69 x smaller" in result.stdout
    assert "the encoder saw 256 of 300 points" in result.stdout
    assert "not kept: order of the points\n" in result.stdout
    assert result.stderr == ""
    assert len(Path("a.pcb").read_bytes()) == 52


def test_the_suffixes_of_packed_clouds_go(here: Path) -> None:
    Path("a.xyz.gz").write_bytes(gzip.compress(write_xyz("b.xyz").read_bytes()))
    run("encode", "a.xyz.gz", "b.xyz", "-q")
    assert Path("a.pcb").read_bytes() == Path("b.pcb").read_bytes()


def test_report_as_json(here: Path) -> None:
    write_xyz("a.xyz")
    [document] = documents(run("encode", "a.xyz", "--json"))
    assert (document["payload_bits"], document["container_bits"], document["points"]) == (128, 416, 300)
    assert document["chamfer"] > 0
    assert document["dropped"] == ["order"]
    assert document["unlike_training"] is False


def test_infinite_figures_are_null_in_json(here: Path) -> None:
    Path("p.xyz").write_text("1 2 3\n")
    [document] = documents(run("encode", "p.xyz", "--json"))
    assert document["d1_psnr"] is None


def test_without_report(here: Path) -> None:
    write_xyz("a.xyz")
    result = run("encode", "a.xyz", "--no-report")
    assert "quality not measured" in result.stdout
    assert "chamfer" not in documents(run("encode", "a.xyz", "--no-report", "--json", "-f"))[0]


def test_quiet_says_nothing(here: Path) -> None:
    write_xyz("a.xyz")
    assert run("encode", "a.xyz", "-q").output == ""


def test_without_pose(here: Path) -> None:
    write_xyz("a.xyz")
    kept = documents(run("encode", "a.xyz", "--json"))[0]
    bare = documents(run("encode", "a.xyz", "--json", "--no-pose", "-f"))[0]
    assert (kept["bytes"], bare["bytes"]) == (52, 36)
    assert bare["chamfer"] == pytest.approx(kept["chamfer"], rel=1e-4)
    Path("p.xyz").write_text("1 2 3\n")
    assert "nothing but a position" in run("encode", "p.xyz", "--no-pose", code=1).stderr


def test_metadata(here: Path) -> None:
    write_xyz("a.xyz")
    run("encode", "a.xyz", "--metadata", "label=chair", "--metadata", "note=a=b", "-q")
    assert pcb.loads(Path("a.pcb").read_bytes()).metadata == {"label": "chair", "note": "a=b"}
    assert "KEY=VALUE" in run("encode", "a.xyz", "--metadata", "label", code=2).stderr


def test_what_is_dropped_is_said(here: Path) -> None:
    header = "ply\nformat ascii 1.0\nelement vertex 2\n" + "".join(
        f"property float {name}\n" for name in ("x", "y", "z", "nx", "ny", "nz", "confidence")
    )
    Path("a.ply").write_text(header + "end_header\n0 0 0 1 0 0 5\n1 1 1 1 0 0 6\n")
    assert "not kept: order of the points, normals, confidence" in run("encode", "a.ply").stdout
    assert documents(run("encode", "a.ply", "-f", "--json"))[0]["dropped"] == [
        "order",
        "normals",
        "confidence",
    ]


def test_meshes_are_drawn_from(here: Path) -> None:
    Path("a.off").write_bytes(OFF)
    assert "256 points drawn from a mesh of 4 triangles" in run("encode", "a.off").stdout
    assert documents(run("encode", "a.off", "-f", "--json", "--samples", "99"))[0]["points"] == 99
    assert documents(run("encode", "a.off", "-f", "--json", "--samples", "0"))[0]["points"] == 4


def test_seed_and_sampling_matter_and_repeat(here: Path) -> None:
    write_xyz("a.xyz", n=2000)
    codes = {}
    for options in ((), ("--seed", "1", "--sampling", "random"), ("--seed", "2", "--sampling", "random")):
        pair = []
        for _ in range(2):
            run("encode", "a.xyz", "-f", "-q", *options)
            pair.append(Path("a.pcb").read_bytes())
        assert pair[0] == pair[1]
        codes[options] = pair[0]
    assert len(set(codes.values())) > 1


def test_unlike_training_warns(here: Path, models: Path, make_model) -> None:
    (models / "strict.safetensors").write_bytes(make_model(name="strict", p99=0.001))
    write_xyz("a.xyz")
    for options in (), ("--no-report",), ("--archive", "-o", "all.pcb"), ("--effort", "0"):
        result = run("encode", "a.xyz", "--model", "strict", "-q", "-f", *options)
        warnings = result.stderr.splitlines()
        assert len(warnings) == 1, options
        assert warnings[0].startswith(
            "pcbin: warning: a.xyz: unlike the shapes that model strict was trained on"
        )
        said = documents(run("encode", "a.xyz", "--model", "strict", "--json", "-f", *options))[0]
        assert said["unlike_training"] is True
    result = run("encode", "a.xyz", "--model", "strict", "-f", "--effort", "0", "--no-report", "--json")
    assert not result.stderr
    assert "unlike_training" not in documents(result)[0]  # nobody has measured it


def test_many_files_beside_their_inputs_or_in_a_folder(here: Path) -> None:
    write_xyz("x/a.xyz"), write_xyz("y/b.xyz")
    run("encode", "x/a.xyz", "y/b.xyz", "-q")
    assert Path("x/a.pcb").is_file()
    assert Path("y/b.pcb").is_file()
    run("encode", "x/a.xyz", "y/b.xyz", "-q", "-o", "out")
    assert Path("out/x/a.pcb").is_file()
    assert Path("out/y/b.pcb").is_file()
    run("encode", "x/a.xyz", "-q", "-o", "out")
    assert Path("out/a.pcb").is_file()
    run("encode", "x/a.xyz", "-q", "-o", "fresh/")
    assert Path("fresh/a.pcb").is_file()


def test_folders_are_mirrored(here: Path) -> None:
    write_xyz("in/a.xyz"), write_xyz("in/deep/b.xyz"), write_xyz("other/c.xyz")
    Path("in/notes.md").write_text("no cloud")
    run("encode", "in", "-q", "-o", "out")
    assert sorted(str(p) for p in Path("out").rglob("*.pcb")) == ["out/a.pcb", "out/deep/b.pcb"]
    run("encode", "in", "other", "-q", "-o", "both")
    assert Path("both/in/deep/b.pcb").is_file()
    assert Path("both/other/c.pcb").is_file()
    run("encode", "in", "in/a.xyz", "-q")  # named twice, encoded once
    assert Path("in/deep/b.pcb").is_file()


def test_a_forced_format_chooses_in_folders(here: Path) -> None:
    write_xyz("in/a.xyz"), write_xyz("in/b.dat")
    Path("in/c.off").write_bytes(OFF)
    run("encode", "in", "-q", "-o", "out", "--format", "xyz")
    assert [p.name for p in Path("out").iterdir()] == ["a.pcb"]
    run("encode", "in/b.dat", "-q", "--format", "xyz")
    assert Path("in/b.pcb").is_file()


def test_standard_input_and_output(here: Path) -> None:
    data = write_xyz("a.xyz").read_bytes()
    run("encode", "a.xyz", "-q")
    wanted = Path("a.pcb").read_bytes()
    assert run("encode", "-", "--format", "xyz", input=data).stdout_bytes == wanted
    assert run("encode", "a.xyz", "-o", "-").stdout_bytes == wanted
    result = run("encode", "-", "--format", "xyz", "-o", "b.pcb", input=data)
    assert result.stdout.startswith("standard input -> b.pcb")
    assert Path("b.pcb").read_bytes() == wanted


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("-",), "--format ply"),
        (("-", "a.xyz", "--format", "xyz"), "only input"),
        (("a.xyz", "-o", "-", "--json"), "already carries the file"),
        (("a.xyz", "--archive"), "--archive needs a name"),
        (("a.xyz", "--append"), "--append needs the archive"),
        (("a.xyz", "--append", "-o", "-"), "--append needs the archive"),
        (("a.xyz", "--append", "-o", "b.pcb", "--no-pose"), "omit --no-pose"),
        (
            ("a.xyz", "--append", "-o", "b.pcb", "--metadata", "a=b"),
            "omit --no-pose, --metadata and --full-hash",
        ),
        (("a.xyz", "-o", "b.ply"), "b.ply is named like a point cloud, but .pcb files are written"),
        (("a.xyz", "-o", "a.xyz", "-f"), "a.xyz is named like a point cloud"),
        (("a.xyz", "-o", "b.ply.gz"), "b.ply.gz is named like a point cloud"),
        (("a.xyz", "-o", "b.png"), "b.png is named like an image"),
        (("a.xyz", "-o", "b.safetensors"), "b.safetensors is named like a model"),
        (("-", "--format", "xyz", "-o", "b.ply"), "b.ply is named like a point cloud"),
        (("a.xyz", "--archive", "-o", "b.ply"), "b.ply is named like a point cloud"),
        ((".", "-o", "b.ply"), "several inputs need a folder, but b.ply is named like a file"),
        (("a.xyz", "a.xyz", "-o", "b.v2"), "end the name of a new folder with '/'"),
        (("a.xyz", "--sampling", "best"), "'--sampling'"),
        (("a.xyz", "--samples", "-1"), "'--samples'"),
        ((), "'INPUTS...'"),
    ],
)
def test_usage_errors(here: Path, args: tuple[str, ...], message: str) -> None:
    write_xyz("a.xyz")
    assert message in run("encode", *args, code=2).stderr
    assert [p.name for p in here.iterdir()] == ["a.xyz"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("nothing.xyz",), "nothing.xyz: no such file"),
        (("a.xyz", "--model", "nothing"), "no model 'nothing'"),
        (("a.xyz", "--format", "nothing"), "unknown format"),
        (("a.xyz", "-o", "missing/a.pcb"), "does not exist"),
        (("empty",), "empty: no cloud or mesh file below this folder"),
        (("bad.xyz",), "bad.xyz: line 2"),
        (("nan.xyz",), "NaN"),
        (("a.unknown",), "unknown suffix"),
    ],
)
def test_input_errors(here: Path, args: tuple[str, ...], message: str) -> None:
    write_xyz("a.xyz"), write_xyz("a.unknown")
    Path("empty").mkdir()
    Path("bad.xyz").write_text("1 2 3\none two three\n")
    Path("nan.xyz").write_text("nan 1 2\n")
    before = {path: path.read_bytes() for path in here.iterdir() if path.is_file()}
    result = run("encode", *args, code=1)
    assert message in result.stderr
    assert result.stderr.startswith("pcbin: error: ")
    assert result.stderr.count("\n") == 1
    assert {path: path.read_bytes() for path in here.iterdir() if path.is_file()} == before


def test_other_devices_need_torch(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_xyz("a.xyz")
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "pcbin.models.backend_torch", raising=False)
    monkeypatch.delattr("pcbin.models.backend_torch", raising=False)
    assert (
        "needs torch: pip install 'pcbin[cuda]'" in run("encode", "a.xyz", "--device", "cuda", code=1).stderr
    )


def test_nothing_is_replaced_unasked(here: Path) -> None:
    write_xyz("a.xyz")
    Path("a.pcb").write_bytes(b"precious")
    assert "pass -f" in run("encode", "a.xyz", code=1).stderr
    assert Path("a.pcb").read_bytes() == b"precious"
    run("encode", "a.xyz", "-f", "-q")
    assert len(Path("a.pcb").read_bytes()) == 52


def test_an_input_is_never_replaced(here: Path) -> None:
    data = write_xyz("a.xyz").read_bytes()
    os.link("a.xyz", "hard.pcb")
    Path("soft.pcb").symlink_to("a.xyz")
    for out in ("hard.pcb", "./hard.pcb", "soft.pcb"):
        assert "is an input" in run("encode", "a.xyz", "-f", "-o", out, code=1).stderr
        assert Path("a.xyz").read_bytes() == data
    write_xyz("b.xyz")
    Path("in").mkdir()
    os.link("b.xyz", "in/a.pcb")
    write_xyz("in/a.xyz")
    assert "is an input" in run("encode", "in/a.xyz", "b.xyz", "-f", code=1).stderr


def test_two_inputs_never_become_one_file(here: Path) -> None:
    write_xyz("in/a.xyz"), write_xyz("in/a.txt"), write_xyz("in/b.xyz")
    result = run("encode", "in", "-o", "out", code=1)
    assert "in/a.xyz: would become out/a.pcb, as would in/a.txt; rename one" in result.stderr
    assert "in/a.txt: would become out/a.pcb, as would in/a.xyz; rename one" in result.stderr
    assert "pcbin: 2 of 3 failed" in result.stderr
    assert [p.name for p in Path("out").iterdir()] == ["b.pcb"]  # the others go on


def test_of_a_batch_the_good_ones_are_written(here: Path) -> None:
    write_xyz("in/a.xyz"), write_xyz("in/c.xyz")
    Path("in/b.xyz").write_text("1 2 3\nno cloud\n")
    result = run("encode", "in", "-o", "out", code=1)
    assert "pcbin: error: in/b.xyz: line 2" in result.stderr
    assert "pcbin: 1 of 3 failed" in result.stderr
    assert sorted(p.name for p in Path("out").iterdir()) == ["a.pcb", "c.pcb"]
    lines = documents(run("encode", "in", "-o", "out", "-f", "--json", code=1))
    assert [("error" in line) for line in lines] == [False, True, False]


def test_names_cannot_steer_the_terminal(here: Path) -> None:
    write_xyz("a\x1b[2J.xyz")
    result = run("encode", "a\x1b[2J.xyz")
    assert "\x1b" not in result.stdout
    assert "a\\x1b[2J.xyz" in result.stdout


def test_a_file_in_the_way_of_a_folder(here: Path) -> None:
    write_xyz("in/a.xyz"), write_xyz("in/b.xyz")
    Path("out").write_text("a file")
    assert "is a file, but a folder is needed" in run("encode", "in", "-o", "out", code=1).stderr
    assert Path("out").read_text() == "a file"
