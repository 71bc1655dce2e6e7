"""Engines: the same bytes from each, whatever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from fleet_helpers import ROOT, clouds, contents, manifest, run, start

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds workers in /proc")

COUNT, SIZE = 600, 20


def below(pid: int) -> list[int]:
    """The processes that a process began, and those that they began."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(stat.parent.name)
            found += [child, *below(child)]
    return found


def workers(pid: int) -> list[int]:
    """Those that encode."""
    found = []
    for one in below(pid):
        try:
            command = Path(f"/proc/{one}/cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in command or b"ray::encode_part" in command:
            found.append(one)
    return found


def wait_for(path: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    """Until there are so many shards."""
    deadline = time.monotonic() + 120
    while len(list(path.glob("*.pcb"))) < count:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def wanted(tmp_path: Path) -> dict[str, bytes]:
    """The files of an undisturbed run of a.npy, in one process."""
    np.save(tmp_path / "a.npy", clouds(COUNT, points=300))
    run(tmp_path / "a.npy", "-o", tmp_path / "once", "--shard-size", SIZE, "--effort", "0")
    return contents(tmp_path / "once")


def encode(tmp_path: Path, *options: object) -> subprocess.Popen[bytes]:
    return start(tmp_path / "a.npy", "-o", tmp_path / "out", "--shard-size", SIZE, "--effort", "0", *options)


def finish(process: subprocess.Popen[bytes]) -> None:
    _, error = process.communicate(timeout=300)
    assert process.returncode == 0, error


def check(tmp_path: Path, wanted: dict[str, bytes]) -> None:
    assert contents(tmp_path / "out") == wanted
    shards = manifest(tmp_path / "out")["shards"]
    rows = [row for shard in shards for row in range(shard["first"], shard["stop"])]
    assert rows == list(range(COUNT))
    assert sum(shard["clouds"] for shard in shards) == COUNT


def test_a_killed_worker_is_replaced(tmp_path: Path, wanted: dict[str, bytes]) -> None:
    process = encode(tmp_path, "--workers", 2)
    wait_for(tmp_path / "out", 3, process)
    os.kill(workers(process.pid)[0], signal.SIGKILL)
    finish(process)
    check(tmp_path, wanted)


def test_a_killed_run_goes_on(tmp_path: Path, wanted: dict[str, bytes]) -> None:
    process = encode(tmp_path, "--workers", 2)
    wait_for(tmp_path / "out", 3, process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    deadline = time.monotonic() + 30
    while workers(1) and time.monotonic() < deadline:  # of whom nobody is left to hear
        time.sleep(0.1)
    assert not (tmp_path / "out" / "manifest.json").exists()
    before = {one.name: one.stat().st_mtime_ns for one in (tmp_path / "out").glob("*.pcb")}
    assert len(before) < COUNT / SIZE
    finish(encode(tmp_path, "--workers", 2))
    check(tmp_path, wanted)
    assert all((tmp_path / "out" / name).stat().st_mtime_ns == at for name, at in before.items())


@pytest.mark.slow
def test_ctrl_c_leaves_whole_shards(tmp_path: Path, wanted: dict[str, bytes]) -> None:
    process = encode(tmp_path, "--workers", 2)
    wait_for(tmp_path / "out", 3, process)
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error.endswith(b"pcbin: error: interrupted\n")
    assert b"Traceback" not in error
    there = contents(tmp_path / "out")
    assert there == {name: wanted[name] for name in there}
    finish(encode(tmp_path, "--workers", 2))
    check(tmp_path, wanted)


def test_workers_that_die_again_and_again(tmp_path: Path) -> None:
    code = "import os\nfrom pcbin.fleet import engines\nlist(engines.local(os._exit, [1, 2, 3], 2))"
    done = subprocess.run(
        [sys.executable, "-c", f"if __name__ == '__main__':\n exec({code!r})"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert "PcbinError: workers died" in done.stderr


@pytest.mark.slow
def test_ray_gives_the_same_bytes(tmp_path: Path, wanted: dict[str, bytes]) -> None:
    """Also where one of its workers is killed: Ray begins that task anew."""
    pytest.importorskip("ray")
    process = encode(tmp_path, "--engine", "ray", "--workers", 2)
    wait_for(tmp_path / "out", 3, process)
    found = workers(process.pid)
    assert found
    os.kill(found[0], signal.SIGKILL)
    finish(process)
    check(tmp_path, wanted)
