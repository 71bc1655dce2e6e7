"""The licence that the package declares is that of all that is in its wheel."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pcbin.models import zoo
from pcbin.models.licences import is_open, short

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

CODE = "Apache-2.0"


def expression(licence: str) -> str:
    """A licence of weights as an SPDX expression has it: words that are no identifier become a reference."""
    return licence if is_open(licence) else f"LicenseRef-{licence.replace(' ', '-')}"


def test_the_licence_of_the_wheel(root: Path) -> None:
    declared = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license"]
    shipped = {short(entry.header.info["license"]) for entry in zoo.installed() if entry.shipped}
    assert len(shipped) > 1
    assert set(declared.split(" AND ")) == {CODE, *map(expression, shipped)}
