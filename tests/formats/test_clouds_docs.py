"""The examples of docs/cloud-files.md run, and its table lists every format."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pcbin.formats.clouds import _registry

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cloud-files.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_examples(code, monkeypatch):
    monkeypatch.setattr(_registry, "_formats", dict(_registry._formats))
    monkeypatch.chdir(ROOT)
    exec(code, {})


@pytest.mark.parametrize("format", _registry._formats.values(), ids=lambda format: format.name)
def test_table(format):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{format.name}` |"))
    assert row.split(" | ")[1] == " ".join(f"`{suffix}`" for suffix in format.suffixes)
