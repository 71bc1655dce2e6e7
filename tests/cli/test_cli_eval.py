"""`pcbin eval`: figures of one cloud, of a pair, of many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cli_helpers import documents, run, write_xyz

import pcbin
from pcbin.formats.clouds import read_cloud
from pcbin.modalities.evaluations import METRICS


def test_one_cloud_there_and_back(here: Path) -> None:
    write_xyz("a.xyz")
    text = run("eval", "a.xyz").stdout
    for part in (
        "a.xyz, through model tiny",
        "300",
        "128 bits",
        "52 bytes",
        "Chamfer distance",
        "D1-PSNR",
        "encode",
        "decode",
    ):
        assert part in text
    [document] = documents(run("eval", "a.xyz", "--json"))
    points = read_cloud("a.xyz").points
    wanted = pcbin.evaluate(points, data=pcbin.compress(points, model="tiny"))
    for key in ("chamfer", "chamfer_sum", "d1_psnr", "container_bits", "ratio", "bits_per_point"):
        # a file's scale has 32 bits
        assert document[key] == pytest.approx(getattr(wanted, key), rel=1e-5)
    assert not Path("a.pcb").exists()


def test_original_against_pcb_and_cloud(here: Path) -> None:
    write_xyz("a.xyz")
    run("encode", "a.xyz", "-q"), run("decode", "a.pcb", "-q", "-o", "back.npy")
    [there_and_back] = documents(run("eval", "a.xyz", "--json"))
    [against_pcb] = documents(run("eval", "a.xyz", "a.pcb", "--json"))
    [against_cloud] = documents(run("eval", "a.xyz", "back.npy", "--json"))
    for key in ("chamfer", "chamfer_sum", "d1_psnr"):
        assert against_pcb[key] == pytest.approx(there_and_back[key], rel=1e-4)
        assert against_cloud[key] == pytest.approx(against_pcb[key], rel=1e-6)
    assert against_pcb["payload_bits"] == 128
    assert against_cloud["payload_bits"] is None
    assert run("eval", "a.xyz", "back.npy").stdout.startswith("a.xyz against back.npy\n")
    assert "infinite" in run("eval", "a.xyz", "a.xyz").stdout


def test_without_pose(here: Path) -> None:
    write_xyz("a.xyz")
    run("encode", "a.xyz", "-q", "--no-pose")
    chamfer = [
        documents(run("eval", *args, "--json"))[0]["chamfer"]
        for args in (("a.xyz",), ("a.xyz", "--no-pose"), ("a.xyz", "a.pcb"))
    ]
    np.testing.assert_allclose(chamfer, chamfer[0], rtol=1e-4)


def test_many_make_a_table(here: Path) -> None:
    write_xyz("in/a.xyz", 1), write_xyz("in/b.xyz", 2), write_xyz("in/c.xyz", 3)
    head, *rows = run("eval", "in").stdout.splitlines()
    assert head.split()[:3] == ["CLOUD", "POINTS", "BITS"]
    assert [row.split()[0] for row in rows] == ["in/a.xyz", "in/b.xyz", "in/c.xyz", "mean"]
    assert len({len(line) for line in (head, *rows)}) == 1
    *clouds, summary = documents(run("eval", "in", "--json"))
    assert summary["chamfer"] == pytest.approx(np.mean([cloud["chamfer"] for cloud in clouds]))
    assert summary["clouds"] == 3
    assert run("eval", "in/a.xyz", "in/b.xyz", "--round-trip").stdout.startswith("CLOUD")
    assert run("eval", "in/a.xyz", "in/b.xyz").stdout.startswith("in/a.xyz against in/b.xyz")


def test_unlike_training_warns_once(here: Path, models: Path, make_model) -> None:
    (models / "tiny.safetensors").write_bytes(make_model(p99=1e-3))
    write_xyz("in/a.xyz"), write_xyz("in/b.xyz")
    run("encode", "in/a.xyz", "-o", "a.pcb", "-q")
    unlike = "pcbin: warning: in/a.xyz: unlike the shapes that model tiny was trained on"
    for inputs in (["in/a.xyz"], ["in/a.xyz", "a.pcb"]):
        [line] = run("eval", *inputs).stderr.splitlines()
        assert line.startswith(unlike)
    [line] = run("eval", "in").stderr.splitlines()
    assert line.startswith(unlike)
    assert line.endswith("(the same goes for 1 other cloud)")
    (models / "tiny.safetensors").write_bytes(make_model())
    assert not run("eval", "in").stderr


def test_failures_are_left_out(here: Path) -> None:
    write_xyz("in/a.xyz"), write_xyz("in/b.xyz")
    Path("in/bad.xyz").write_text("bad")
    result = run("eval", "in", code=1)
    assert "mean of 2 clouds" in result.stdout
    assert "1 of 3 failed" in result.stderr


def test_errors(here: Path) -> None:
    write_xyz("in/a.xyz"), write_xyz("in/b.xyz")
    run("encode", "in", "-o", "all.pcb", "-q")
    assert "compare with a cloud of it" in run("eval", "in/a.xyz", "all.pcb", code=1).stderr
    assert "no such file" in run("eval", "no.xyz", code=1).stderr
    assert "no.pcb: no such file or folder" in run("eval", "in/a.xyz", "no.pcb", code=1).stderr
    assert "not standard input" in run("eval", "-", code=2).stderr


def test_metrics(here: Path) -> None:
    write_xyz("in/a.xyz", 1), write_xyz("in/b.xyz", 2)
    head = run("eval", "in").stdout.splitlines()[0]
    assert "F-SCORE" in head
    assert "EMD" not in head
    head, *rows = run("eval", "in", "--metrics", "EMD, hausdorff").stdout.splitlines()
    shown = " ".join(head.split("RATIO")[1].split())
    assert shown == "HAUSDORFF e-3 95 % e-3 EMD e-3 ENCODE ms DECODE ms"
    assert len({len(line) for line in (head, *rows)}) == 1
    *clouds, summary = documents(run("eval", "in", "--metrics", "all", "--json"))
    for key in ("chamfer", "f_score", "precision", "recall", "hausdorff", "hausdorff_95", "dcd", "emd"):
        assert summary[key] == pytest.approx(np.mean([cloud[key] for cloud in clouds]))
    assert [cloud["d2_psnr"] for cloud in (*clouds, summary)] == [None] * 3
    [one] = documents(run("eval", "in/a.xyz", "--metrics", "dcd", "--json"))
    assert "dcd" in one
    assert not {"chamfer", "emd", "f_score", "d2_psnr"} & one.keys()
    points = read_cloud("in/a.xyz").points
    wanted = pcbin.evaluate(points, data=pcbin.compress(points, model="tiny"), metrics="dcd")
    assert one["dcd"] == pytest.approx(wanted.dcd)


def test_normals_of_files(here: Path) -> None:
    """A mesh against the points that are drawn from it, lifted; a PLY file with normals is as good."""
    Path("a.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    points = read_cloud("a.obj", samples=100).points
    np.save("b.npy", points + np.array([0, 0, 1e-3]))
    [found] = documents(run("eval", "a.obj", "b.npy", "--samples", "100", "--metrics", "all", "--json"))
    assert found["d2_psnr"] == pytest.approx(found["d1_psnr"])
    axes = "".join(f"property float {axis}\n" for axis in ("x", "y", "z", "nx", "ny", "nz"))
    rows = "".join(f"{x} {y} {z} 0 0 2\n" for x, y, z in points)
    Path("c.ply").write_text(f"ply\nformat ascii 1.0\nelement vertex 100\n{axes}end_header\n{rows}")
    [again] = documents(run("eval", "c.ply", "b.npy", "--metrics", "d2-psnr", "--json"))
    assert again["d2_psnr"] == pytest.approx(found["d2_psnr"], rel=1e-3)
    assert "no normals" in run("eval", "b.npy", "a.obj", "--metrics", "d2-psnr").stdout


def test_metrics_that_are_none(here: Path) -> None:
    write_xyz("a.xyz")
    message = run("eval", "a.xyz", "--metrics", "chamfer,psnr", code=2).stderr
    assert "unknown: 'psnr'; use chamfer, d1-psnr" in message
    help_text = run("eval", "--help").stdout
    assert all(name in help_text for name in METRICS)
