"""`pcbin decode`: files with one cloud."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_helpers import documents, run, write_xyz

import pcbin
from pcbin.formats.clouds import formats, read_cloud


@pytest.fixture
def coded(here: Path) -> bytes:
    """a.pcb, of a.xyz."""
    write_xyz("a.xyz")
    run("encode", "a.xyz", "-q")
    return Path("a.pcb").read_bytes()


def test_beside_its_input_as_ply(coded: bytes) -> None:
    result = run("decode", "a.pcb")
    assert result.stdout.startswith("a.pcb -> a.ply\n  256 points, decoded by model tiny in ")
    np.testing.assert_array_equal(read_cloud("a.ply").points, pcbin.decompress(coded))


@pytest.mark.parametrize("name", [name for name, one in formats().items() if one.write])
def test_every_format(coded: bytes, name: str) -> None:
    run("decode", "a.pcb", "-q", "--format", name, "-o", "out/")
    [target] = Path("out").iterdir()
    assert target.stem == "a"
    np.testing.assert_allclose(read_cloud(target, samples=0).points, pcbin.decompress(coded), rtol=1e-6)
    run("decode", "a.pcb", "-q", "-o", f"b{target.suffix}")
    assert Path(f"b{target.suffix}").read_bytes() == target.read_bytes()
    piped = run("decode", "-", "--format", name, input=coded).stdout_bytes
    assert piped == target.read_bytes() or name == "npz"  # an .npz holds the time


def test_inputs_of_other_names_keep_them(coded: bytes) -> None:
    Path("a.pcb").rename("thing.bin")
    run("decode", "thing.bin", "-q")
    assert Path("thing.bin.ply").is_file()


def test_without_pose(here: Path) -> None:
    write_xyz("a.xyz")
    run("encode", "a.xyz", "--no-pose", "-q")
    assert "around the origin, one unit across" in run("decode", "a.pcb").stdout
    assert documents(run("decode", "a.pcb", "-f", "--json"))[0]["placed"] is False


def test_as_json(coded: bytes) -> None:
    [document] = documents(run("decode", "a.pcb", "--json"))
    assert document["output"] == "a.ply"
    assert (document["points"], document["index"], document["placed"]) == (256, 0, True)


def test_many_files_and_folders(coded: bytes) -> None:
    for name in ("in/a.pcb", "in/deep/b.pcb"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(coded)
    run("decode", "in", "-q")
    assert Path("in/deep/b.ply").is_file()
    run("decode", "in", "-q", "-o", "out", "--format", "xyz")
    assert sorted(str(p) for p in Path("out").rglob("*.xyz")) == ["out/a.xyz", "out/deep/b.xyz"]


def test_the_model_can_be_named(coded: bytes, models: Path, make_model, tmp_path: Path) -> None:
    (models / "tiny.safetensors").rename(tmp_path / "away.safetensors")
    result = run("decode", "a.pcb", code=1)
    assert "no installed model has the hash" in result.stderr
    assert "pcbin models add FILE" in result.stderr
    run("decode", "a.pcb", "-q", "--model", tmp_path / "away.safetensors")
    (models / "other.safetensors").write_bytes(make_model(1, name="other"))
    assert "was made by model" in run("decode", "a.pcb", "-f", "--model", "other", code=1).stderr


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (("nothing.pcb",), 1, "nothing.pcb: no such file or folder"),
        (("a.xyz",), 1, "a.xyz: byte 0"),
        (("a.pcb", "-o", "a.stl"), 1, "stl cannot be written"),
        (("a.pcb", "-o", "a.what"), 1, "unknown suffix"),
        (("a.pcb", "--format", "what"), 1, "unknown format"),
        (("a.pcb", "-o", "a.pcb", "--format", "ply", "-f"), 1, "is an input"),
        (("a.pcb", "-o", "missing/a.ply"), 1, "does not exist"),
        (("empty",), 1, "no .pcb file below"),
        (("a.pcb", "--index", "1", "-o", "out/"), 1, "no cloud"),
        (("a.pcb", "a.xyz", "-o", "-"), 2, "cannot go to standard output"),
        (("a.pcb", "-o", "-", "--json"), 2, "already carries the file"),
        (("a.pcb", "b.pcb", "-o", "two.ply"), 2, "several inputs need a folder, but two.ply is"),
        ((".", "-o", "two.ply"), 2, "end the name of a new folder with '/'"),
        (("a.pcb", "--index", "0", "--name", "a*"), 2, "two ways to choose"),
        (("a.pcb", "--name", "a*"), 1, "no cloud has a name that matches 'a*'; see the names"),
        (("-", "a.pcb"), 2, "only input"),
        ((), 2, "'INPUTS...'"),
    ],
)
def test_errors(coded: bytes, here: Path, args: tuple[str, ...], code: int, message: str) -> None:
    Path("empty").mkdir()
    result = run("decode", *args, code=code)
    assert message in result.stderr
    assert not list(here.rglob("*.ply"))
    assert Path("a.pcb").read_bytes() == coded


def test_damaged_input(coded: bytes) -> None:
    for data in (b"", coded[:20], coded[:-1] + b"x", coded + b"x"):
        Path("bad.pcb").write_bytes(data)
        assert "pcbin: error: bad.pcb: " in run("decode", "bad.pcb", code=1).stderr
        assert "pcbin: error: standard input: " in run("decode", "-", input=data, code=1).stderr
        assert not Path("bad.ply").exists()


def test_nothing_is_replaced_unasked(coded: bytes) -> None:
    Path("a.ply").write_text("precious")
    assert "pass -f" in run("decode", "a.pcb", code=1).stderr
    assert Path("a.ply").read_text() == "precious"
    run("decode", "a.pcb", "-f", "-q")
    assert read_cloud("a.ply").points.shape == (256, 3)


def test_two_inputs_never_become_one_file(coded: bytes) -> None:
    for name in ("in/a.pcb", "in/a.PCB", "in/b.pcb"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(coded)
    result = run("decode", "in", "-o", "out", code=1)
    assert "in/a.pcb: would become out/a.ply, as would in/a.PCB" in result.stderr
    assert "pcbin: 2 of 3 failed" in result.stderr
    assert [p.name for p in Path("out").iterdir()] == ["b.ply"]


def test_new_folders(coded: bytes) -> None:
    Path("b.pcb").write_bytes(coded)
    Path("old.ply").mkdir()
    for out in ("old.ply", "new.ply/", "new"):
        run("decode", "a.pcb", "b.pcb", "-o", out, "-q")
        assert sorted(p.name for p in Path(out).iterdir()) == ["a.ply", "b.ply"]


def test_of_a_batch_the_good_ones_are_written(coded: bytes) -> None:
    Path("b.pcb").write_bytes(coded[:-1])
    Path("c.pcb").write_bytes(coded)
    result = run("decode", "a.pcb", "b.pcb", "c.pcb", code=1)
    assert "pcbin: 1 of 3 failed" in result.stderr
    assert Path("a.ply").is_file()
    assert Path("c.ply").is_file()


def test_spacing(coded: bytes) -> None:
    for name, args, options in (
        ("usual.npy", ["--points", "100"], {"n_points": 100}),
        ("even.npy", ["--points", "100", "--spacing", "even"], {"n_points": 100, "spacing": "even"}),
        ("model.npy", ["--points", "100", "--spacing", "model"], {"n_points": 100, "spacing": "model"}),
        ("as many.npy", ["--spacing", "even"], {"spacing": "even"}),
    ):
        run("decode", "a.pcb", "-q", "-o", name, *args)
        np.testing.assert_array_equal(np.load(name), pcbin.decompress(coded, **options))
    assert np.array_equal(np.load("usual.npy"), np.load("even.npy"))
    assert not np.array_equal(np.load("usual.npy"), np.load("model.npy"))
    assert len(np.load("as many.npy")) == len(pcbin.decompress(coded))
    assert "'even', 'model'" in run("decode", "a.pcb", "--spacing", "odd", code=2).stderr
