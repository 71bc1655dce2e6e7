"""The tiny model for all tests of fleets, also in other processes."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def tiny_is_there(tiny_path: Path) -> Path:
    return tiny_path
