"""The Python in README and docs runs, block after block, page by page; links lead somewhere."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from pcbin.formats.clouds import _registry, read_cloud

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "models/**/*.md", "formats/*.md")
    for path in ROOT.glob(pattern)
)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"# needs (\w+)\n")
"""Begins a block that is run only where the package is installed."""
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p)], ids=lambda p: p.name)
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_registry, "_formats", dict(_registry._formats))
    (tmp_path / "examples").mkdir()
    for example in (ROOT / "examples").glob("*.ply"):
        (tmp_path / "examples" / example.name).write_bytes(example.read_bytes())
        np.savetxt(tmp_path / f"{example.stem}.xyz", read_cloud(example).points)
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {}
    for block in blocks(page):
        needed = NEEDS.match(block)
        if needed is None or find_spec(needed[1]):
            exec(compile(block, str(page), "exec"), space)


def anchors(page: Path) -> set[str]:
    """The fragments of a page's headings, as forges derive them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("folder", ["docs", "docs/notes"])
def test_every_page_is_listed(folder: str) -> None:
    index = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / folder).glob("*.md")} - {"README.md"}
    assert pages <= {path for path, _ in LINK.findall(index)}
