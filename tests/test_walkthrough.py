"""docs/walkthrough.md does what it says, command by command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import walkthrough_helpers as walkthrough

import pcbin


@pytest.mark.skipif(shutil.which("bash") is None, reason="the page's commands are for bash")
def test_the_walk_through(tmp_path: Path) -> None:
    said = walkthrough.run(walkthrough.PAGE, tmp_path)
    text = "\n".join(said.values())
    copies = next(out for block, out in said.items() if "dupes" in block)
    assert "20 shapes, 2 groups of copies" in copies
    groups = copies.split("group ")
    for group, names in zip(
        groups[1:], ({"chair-2.npy", "export-7.npy"}, {"scan-12.npy", "sofa-3.npy"}), strict=True
    ):
        assert names <= set(group.split())
    similar = next(out for block, out in said.items() if "pcbin similar" in block).splitlines()
    assert [line.split()[0] for line in similar[1:3]] == ["scan-12.npy", "sofa-3.npy"]
    assert "20 codes in 6 of 6 clusters" in text
    with pcbin.open(tmp_path / "library.pcb") as archive:
        assert len(archive) == 20
    with pcbin.open(tmp_path / "new.pcb") as archive:
        assert archive.codes().shape == (12, 16)
    size = (tmp_path / "library.pcb").stat().st_size / 20
    assert 38 < size < 46  # "about 42 bytes"
    for name in ("library", "medoids", "new", "variants", "path", "sum"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    for name in ("report", "chair", "copies"):
        assert "<html" in (tmp_path / f"{name}.html").read_text(encoding="utf-8")
