"""Runs a page of the docs: its Python and its commands, one block after another, in one folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "walkthrough.md"
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELL = 'pcbin() { "$PYTHON" -m pcbin "$@"; }\nset -e\n'


def run(page: Path, folder: Path) -> dict[str, str]:
    """What the commands of each block of the page print, by the block. Raises CalledProcessError."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
    said = {}
    for kind, block in BLOCK.findall(page.read_text(encoding="utf-8")):
        command = [sys.executable, "-c", block] if kind == "python" else ["bash", "-c", SHELL + block]
        done = subprocess.run(
            command, cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=600
        )
        said[block] = done.stdout
    return said
