"""Recorded sessions: `$ command` lines and what they print, replayed by the tests.

    python cli/record.py                       records all of cli/sessions again, with the shipped model
    python cli/record.py first-steps           only that one
    python cli/record.py --check               compares, and fails if anything differs

A session runs in a folder of its own that holds the files of examples/. Lines that begin with # explain;
every other line up to the next $ is what the command printed, on both streams, and [exit N] where N is not 0.
To write a new session, write its $ lines and record it.

Before they are compared, figures that differ between machines, library versions or trainings are replaced,
and runs of blanks become one; `VOLATILE` is the list.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SESSIONS = ROOT / "cli" / "sessions"
SHELL = shutil.which("bash")
NUMBER = r"-?[\d,]+(?:\.\d+)?(?:e-?\d+)?"

VOLATILE = (
    # milliseconds, distances, decibels, fractions of points
    (rf"{NUMBER} ms\b", "N ms"),
    (rf"\b(distance|worst|below|squared error) +{NUMBER}", r"\1 N"),
    (rf"\b(as sums) +{NUMBER}", r"\1 N"),
    (rf"{NUMBER} dB\b", "N dB"),
    (rf'"(\w*chamfer|chamfer_sum|d1_psnr|f_score|precision|recall|\w+_ms)": {NUMBER}', r'"\1": N'),
    (rf"\bF-score +{NUMBER} \(precision {NUMBER}, recall {NUMBER},", "F-score N (precision N, recall N,"),
    # the last five columns of the table of `eval`
    (rf"^(\S.*?(?: +{NUMBER}){{5}})(?: +{NUMBER}){{5}}$", r"\1 N N N N N"),
    # the sizes of archives, which hang on the version of zstd
    (
        rf"{NUMBER} bytes (as a file|more) \({NUMBER} per cloud\): {NUMBER} x",
        r"N bytes \1 (N per cloud): N x",
    ),
    (rf"(?:{NUMBER} -> )?{NUMBER} bytes \({NUMBER} per cloud\)", "N bytes (N per cloud)"),
    (rf"{NUMBER} bytes, {NUMBER} bits per cloud in all", "N bytes, N bits per cloud in all"),
    (rf"^( *size) +{NUMBER} bytes$", r"\1 N bytes"),
    # hashes of models, and points that were decoded
    (r"\b[0-9a-f]{16}(?:[0-9a-f]{48})?\b", "HASH"),
    (rf"^{NUMBER} {NUMBER} {NUMBER}$", "X Y Z"),
    # the hint that click gives, each version in its own words
    (r"^Try '.*\n", ""),
    (r" +", " "),
)


@dataclass
class Step:
    """A command with what is said before it (comments) and what it printed."""

    comments: list[str]
    command: str
    output: list[str]


def parse(text: str) -> list[Step]:
    """The steps of a session file."""
    steps: list[Step] = []
    comments: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append(Step(comments, line[2:], []))
            comments = []
        elif line.startswith("#") or not line:
            comments.append(line)
        else:
            steps[-1].output.append(line)
    return steps


def dump(steps: list[Step]) -> str:
    """The text of a session file."""
    lines = [line for step in steps for line in (*step.comments, f"$ {step.command}", *step.output)]
    return "\n".join(lines) + "\n"


def replay(steps: list[Step]) -> list[Step]:
    """The same commands with what they print now."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "here")
        folder.mkdir()
        for example in (ROOT / "examples").iterdir():
            if example.suffix in (".ply", ".png"):
                shutil.copy(example, folder)
        environment = {
            **os.environ,
            "PCBIN_MODELS": str(Path(temporary, "models")),
            "PYTHON": sys.executable,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
            "OPENBLAS_NUM_THREADS": "1",  # starts faster
            "COLUMNS": "80",
            "LC_ALL": "C.UTF-8",
        }
        return [Step(step.comments, step.command, _run(step.command, folder, environment)) for step in steps]


def _run(command: str, folder: Path, environment: dict[str, str]) -> list[str]:
    assert SHELL is not None, "sessions need bash"
    script = f'pcbin() {{ "$PYTHON" -m pcbin "$@"; }}\nset -o pipefail\n{command}'
    done = subprocess.run(
        [SHELL, "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    lines = [line for line in done.stdout.decode(errors="replace").splitlines() if line]
    return lines + ([f"[exit {done.returncode}]"] if done.returncode else [])


def normalise(lines: list[str]) -> list[str]:
    """Lines without their volatile figures."""
    text = "\n".join(lines)
    for pattern, replacement in VOLATILE:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text.split("\n")


def main() -> None:
    names = [name for name in sys.argv[1:] if not name.startswith("-")]
    check = "--check" in sys.argv[1:]
    bad = False
    for path in [SESSIONS / f"{name}.txt" for name in names] or sorted(SESSIONS.glob("*.txt")):
        steps = parse(path.read_text(encoding="utf-8"))
        now = replay(steps)
        if not check:
            path.write_text(dump(now), encoding="utf-8")
            print(path)
            continue
        for before, after in zip(steps, now, strict=True):
            if normalise(before.output) != normalise(after.output):
                bad = True
                print(f"{path.name}: $ {before.command}", *after.output, sep="\n  ")
    sys.exit(bad)


if __name__ == "__main__":
    main()
