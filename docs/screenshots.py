"""Makes the pictures of docs/view.md, with Chromium; needs Pillow (extra images).

python docs/screenshots.py [DIR]

DIR: a folder of clouds for the report; without it the report's picture stays as it is.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial import KDTree

import pcbin
from pcbin.arrays import box
from pcbin.cli.program import program
from pcbin.formats.clouds import read_cloud
from pcbin.pages.render import png
from pcbin.reproduce.style import reduced

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "tests"))

from browser import Browser  # noqa: E402


def write(name: str, picture: bytes) -> None:
    (IMAGES / name).write_bytes(reduced(Image.open(io.BytesIO(picture)).convert("RGB")))


def view(folder: Path) -> None:
    led = read_cloud(ROOT / "examples" / "led.ply").points
    code = pcbin.compress(led, model="cells", bits=480, warn=False)
    pcbin.view(code, led, name="led.pcb").save(folder / "led.html")
    with Browser(1000, 790) as browser:
        browser.open(folder / "led.html")
        browser.run("document.getElementById('by-error').click()")
        browser.settle()
        write("view.png", browser.screenshot())


def render() -> None:
    chair = read_cloud(ROOT / "examples" / "chair.ply").points
    decoded = pcbin.decompress(pcbin.compress(chair, model="chair"))
    error = KDTree(chair).query(decoded)[0] / box(chair)[1]
    drawn = [pcbin.render(chair, size=300), pcbin.render(decoded, size=300)]
    drawn.append(pcbin.render(decoded, error, size=300))
    write("render.png", png(np.concatenate(drawn, axis=1)))


def report(folder: Path, data: str) -> None:
    page = folder / "report.html"
    program(["report", data, "-o", str(page), "-q"], standalone_mode=False)
    with Browser(1000, 1330) as browser:
        browser.open(page)
        where = "document.querySelectorAll('circle')[12].getBoundingClientRect()"
        x, y = browser.run(f"(box => [box.x + 5, box.y + 5])({where})")
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        browser.settle()
        write("report.png", browser.screenshot())


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        view(Path(name))
        render()
        if len(sys.argv) > 1:
            report(Path(name), sys.argv[1])


if __name__ == "__main__":
    main()
