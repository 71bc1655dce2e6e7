"""The table of docs/cloud-files.md lists every format."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcbin.formats.clouds import _registry

PAGE = (Path(__file__).parents[2] / "docs" / "cloud-files.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("format", _registry._formats.values(), ids=lambda format: format.name)
def test_table(format):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{format.name}` |"))
    assert row.split(" | ")[1] == " ".join(f"`{suffix}`" for suffix in format.suffixes)
