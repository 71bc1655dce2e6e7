"""What a hostile input costs: pcbin on it in a process of its own, in 512 MB and 10 seconds.

The bar: any input of at most 2 MB, through any reader or command, stays below both. Run as a program, this
file is that process: its arguments are "read" or "read-image" and a path, or the words of a pcbin command.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MEMORY = 512 << 20
SECONDS = 10
LARGEST = 2_000_000
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What became of it: the exit code, what was said, bytes at the peak, seconds of the processor."""

    code: int
    said: str
    out: str
    memory: int
    seconds: float


def run(*words: str | os.PathLike[str], stdin: bytes = b"", **environment: str) -> Outcome:
    """The command, in the bounds: what breaks them, or ends in a traceback, raises AssertionError."""
    done = subprocess.run(
        [sys.executable, __file__, *(os.fspath(word) for word in words)],
        input=stdin,
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "1",  # or each thread reserves 64 MiB of address space, which is no memory
            **environment,
        },
    )
    said = done.stderr.decode("utf-8", "replace")
    head, _, tail = said.rpartition("\n{")
    assert tail, f"exit code {done.returncode}: {said[-2000:]}"
    spent = json.loads("{" + tail)
    found = Outcome(done.returncode, head, done.stdout.decode("utf-8", "replace"), **spent)
    assert "Traceback" not in said, said[-3000:]
    assert "memory holds" not in said, said[-500:]
    assert "out of memory" not in said, said[-500:]
    assert found.memory < MEMORY, found
    assert found.seconds < SECONDS, found
    return found


def _child(words: list[str]) -> int:
    import resource

    from pcbin.cli.program import program
    from pcbin.errors import PcbinError
    from pcbin.formats.clouds import read_cloud
    from pcbin.formats.images import read_image

    size, resident = _kept("VmSize"), _kept("VmRSS")
    # Libraries reserve addresses that they never use: what counts is what is added to them.
    resource.setrlimit(resource.RLIMIT_AS, (size - resident + MEMORY, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS + 1))
    code = 0
    if words[0] in ("read", "read-image"):
        try:
            print(len(read_cloud(words[1]).points) if words[0] == "read" else read_image(words[1]).shape)
        except PcbinError as error:
            code = 1
            print(error, file=sys.stderr)
    else:
        try:
            program(words, prog_name="pcbin")
        except SystemExit as end:
            code = int(end.code or 0)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.flush()
    # not ru_maxrss: it begins with what the process that started this one had in memory
    cost = {"memory": _kept("VmHWM"), "seconds": spent.ru_utime + spent.ru_stime}
    print("\n" + json.dumps(cost), file=sys.stderr)
    return code


def _kept(key: str) -> int:
    """Bytes, from what the kernel says of this process."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return 1024 * int(status[key].split()[0])


if __name__ == "__main__":
    sys.exit(_child(sys.argv[1:]))
