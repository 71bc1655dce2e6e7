"""Commands that are killed at a random moment: what was there before stays whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np
from model_helpers import random_parts

from pcbin.formats import pcb
from pcbin.formats.model_file import dump_model, load_model

ROOT = Path(__file__).parents[2]
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT) if sys.platform != "win32" else ()
TASKS = {
    "append": ["encode", "in", "-o", "all.pcb", "--append", "--model", "tiny", "--effort", "0", "-q"],
    "encode": ["encode", "in", "-o", "all.pcb", "-f", "--archive", "--model", "tiny", "--effort", "0", "-q"],
    "compact": ["compact", "all.pcb"],
}
OLD, NEW = 300, 40


@cache
def _model() -> bytes:
    return dump_model(*random_parts(bits=128, points=64))


def _prepare(folder: Path) -> list[bytes]:
    """all.pcb, of chunks of one cloud, and clouds to encode; the old codes."""
    (folder / "models").mkdir()
    (folder / "models/tiny.safetensors").write_bytes(_model())
    (folder / "in").mkdir()
    rng = np.random.default_rng(0)
    for number in range(NEW):
        np.save(folder / f"in/{number}.npy", rng.normal(size=(100, 3)))
    codes = rng.integers(0, 256, (OLD, 16), dtype=np.uint8)
    model_id = bytes.fromhex(load_model(_model()).sha256)[:8]
    with pcb.create_archive(folder / "all.pcb", model_id=model_id, code_bits=128, chunk=1) as writer:
        writer.add_many(codes)
    return [row.tobytes() for row in codes]


def _start(folder: Path, task: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pcbin", *TASKS[task]],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PCBIN_MODELS": str(folder / "models"),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        },
        # what a shell starts in the background ignores SIGINT, and so would all that it starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )


def _codes_in(path: Path) -> list[bytes]:
    with pcb.ArchiveReader(path) as reader:
        reader.verify()
        return [one.code.tobytes() for one in reader]


@cache
def whole(task: str) -> tuple[float, list[bytes]]:
    """Seconds that the whole of it takes here, and the codes that it leaves."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder)
        start = time.monotonic()
        with _start(folder, task) as running:
            said = running.communicate()[1]
        assert running.returncode == 0, f"exit code {running.returncode}: {said.decode()}"
        return time.monotonic() - start, _codes_in(folder / "all.pcb")


def kill(rng: random.Random) -> bool:
    """One kill: the archive is as before, or complete; whether it is complete.

    After Ctrl-C and SIGTERM it may also hold what was encoded so far, where the command says so.
    """
    task, number = rng.choice(sorted(TASKS)), rng.choice(SIGNALS)
    seconds, wanted = whole(task)
    delay = rng.uniform(0.3, 1.05) * seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old = _prepare(folder)
        with _start(folder, task) as running:
            time.sleep(delay)
            running.send_signal(number)
            said = running.communicate(timeout=60)[1].decode()
        what = f"{task}, {number.name} after {delay:.2f} s, exit code {running.returncode}: {said}"
        # Python itself says so where a signal comes before pcbin has begun
        assert "Traceback" not in said or "import" in said, what
        found = _codes_in(folder / "all.pcb")
        if found not in (old, wanted):
            assert number != signal.SIGKILL, what
            assert "--resume" in said, what
            assert found == wanted[: len(found)], what
        left = [one.name for one in folder.iterdir() if one.name.endswith(".tmp")]
        assert number == signal.SIGKILL or not left, f"{what}: left {left}"
        return found == wanted
