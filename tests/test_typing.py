"""What type checkers say of a program that uses pcbin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLIENT = Path(__file__).parent / "typing" / "client.py"


def test_a_client_passes_mypy_strict(root: Path, tmp_path: Path) -> None:
    """And what it does wrong is found: strict mode complains of a `type: ignore` where there is no error."""
    pytest.importorskip("mypy")
    options = ["--strict", "--config-file=", "--follow-imports=silent", f"--cache-dir={tmp_path}"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, str(CLIENT)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(root)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
