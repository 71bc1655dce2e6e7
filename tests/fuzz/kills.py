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


@cache
def duration(task: str) -> float:
    """Seconds that the whole of it takes here."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder)
        start = time.monotonic()
        with _start(folder, task) as running:
            said = running.communicate()[1]
        assert running.returncode == 0, said.decode()
        return time.monotonic() - start


def kill(rng: random.Random) -> bool:
    """One kill; whether the new file was there by then."""
    task, number = rng.choice(sorted(TASKS)), rng.choice(SIGNALS)
    delay = rng.uniform(0.3, 1.05) * duration(task)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old = _prepare(folder)
        before = (folder / "all.pcb").read_bytes()
        with _start(folder, task) as running:
            time.sleep(delay)
            running.send_signal(number)
            said = running.communicate(timeout=60)[1].decode()
        assert "Traceback" not in said or "<frozen" in said or "import" in said, said
        with pcb.ArchiveReader(folder / "all.pcb") as reader:
            reader.verify()
            found = [one.code.tobytes() for one in reader]
        changed = (folder / "all.pcb").read_bytes() != before
        if task == "encode":
            assert len(found) == NEW if changed else found == old
        else:
            assert found[:OLD] == old
            assert len(found) in ((OLD, OLD + NEW) if task == "append" else (OLD,))
        left = [one.name for one in folder.iterdir() if one.name.endswith(".tmp")]
        assert number == signal.SIGKILL or not left, left
        return changed
