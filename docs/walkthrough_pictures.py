"""Makes the pictures of docs/walkthrough.md by running it; needs Chromium and Pillow (extra images)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

from pcbin.reproduce.style import reduced

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests"))

import walkthrough_helpers as walkthrough  # noqa: E402
from browser import Browser  # noqa: E402

SHEETS = ("library", "medoids", "new", "variants", "path", "sum")
WIDE = 900
"""Pixels: larger sheets are made smaller."""


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        walkthrough.run(walkthrough.PAGE, folder)
        for sheet in SHEETS:
            picture = Image.open(folder / f"{sheet}.png").convert("RGB")
            picture.thumbnail((WIDE, WIDE))
            (IMAGES / f"walkthrough-{sheet}.png").write_bytes(reduced(picture))
        with Browser(900, 830) as browser:
            browser.open(folder / "copies.html")
            browser.settle()
            (folder / "copies.png").write_bytes(browser.screenshot())
        picture = Image.open(folder / "copies.png").convert("RGB")
        (IMAGES / "walkthrough-copies.png").write_bytes(reduced(picture))


if __name__ == "__main__":
    main()
