"""What a process has taken."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path


def peak() -> int:
    """Bytes of the whole process so far; 0 where the system does not tell."""
    # ru_maxrss also counts what the parent held when it started this process
    with contextlib.suppress(OSError), Path("/proc/self/status").open(encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
