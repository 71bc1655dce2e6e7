"""Which machine a run was on, in a few words."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def machine() -> str:
    """Such as "AMD EPYC, 2 cores": the processor's own name where Linux says it."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass  # not Linux: the shorter name will do
    return f"{name}, {os.cpu_count()} cores"
