"""Makes the pictures of the docs: original clouds beside their decoded codes. Needs matplotlib (extra viz).

python docs/pictures.py                       # the README's picture, from examples/
python docs/pictures.py --data DIR            # and twelve test chairs of DIR/modelnet10_chair.npz
python docs/pictures.py --generated           # only the contact sheets of generated shapes
python docs/pictures.py --how                 # only the six objects of the page How it codes
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

import pcbin
from pcbin.arrays import as_points, normalise
from pcbin.datasets.generated import FAMILIES, shape
from pcbin.formats.clouds import read_cloud
from pcbin.reproduce import style
from pcbin.reproduce.draw import Picture, Row, clouds, decoded

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"


def pair(name: str, cloud: np.ndarray, codec: pcbin.Codec) -> Iterator[Picture]:
    """The original and the decoded cloud, with bits and Chamfer distance."""
    points, _ = normalise(as_points(cloud))
    data = codec.encode(points)
    back = codec.decode(data)
    found = pcbin.evaluate(points, back, data=data)
    yield Picture(f"{name}\n{96 * len(points):,} bits", points)
    yield decoded(f"decoded from {codec.bits} bits\nChamfer {found.chamfer_e3:.2f}e-3", back, points)


def pairs(named: Sequence[tuple[str, np.ndarray]], columns: int, path: Path, codec: pcbin.Codec) -> None:
    """Rows of `columns` pairs."""
    pictures = [picture for name, cloud in named for picture in pair(name, cloud, codec)]
    rows = [Row("", pictures[first : first + 2 * columns]) for first in range(0, len(pictures), 2 * columns)]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(style.png(clouds(rows)))
    print(path)


OBJECTS = ("chair", "quadruped", "car", "tree", "connector")
"""Generated shapes of kinds that have little in common; with the LED of examples/ they make six objects."""


def how(folder: Path) -> None:
    """Six objects in codes of both kinds, from few bits to many."""
    named = [(kind, shape(kind, 7, split="test")) for kind in OBJECTS]
    named.insert(1, ("led", read_cloud(ROOT / "examples" / "led.ply").points))
    rows = []
    for name, cloud in named:
        points, _ = normalise(as_points(cloud))
        pictures = [Picture(f"{name}\n{96 * len(points):,} bits", points)]
        for model, bits in (("objects", 128), *(("cells", bits) for bits in (64, 128, 256, 512, 2048))):
            coded = pcbin.Codec(model, bits=bits, orient="keep", warn=False).code(points)
            back = coded.restore(pose=False)
            found = pcbin.evaluate(points, back)
            title = f"{model}, {coded.bits} bits\nChamfer {found.chamfer_e3:.2f}e-3"
            pictures.append(decoded(title, back, points))
        rows.append(Row("", pictures))
    path = folder / "how-it-codes.png"
    path.write_bytes(style.png(clouds(rows)))
    print(path)


SHEETS = {
    "furniture": (("furniture",), 6),
    "things": (("household", "mechanics", "electronics", "devices", "tools"), 2),
    "world": (("vehicles", "buildings", "people", "animals", "plants", "compounds"), 3),
}
"""The contact sheets: families of generated shapes, and how many shapes of each of their kinds."""


def generated(folder: Path) -> None:
    """The first shapes of every kind, in order: not picked by hand."""
    columns = 12
    for name, (families, each) in SHEETS.items():
        kinds = [kind for family in families for kind in FAMILIES[family]]
        cells = [
            Picture(kind.replace("_", "\n") if number == 0 else "", shape(kind, number))
            for kind in kinds
            for number in range(each)
        ]
        rows = [Row("", cells[first : first + columns]) for first in range(0, len(cells), columns)]
        path = folder / f"generated-{name}.png"
        path.write_bytes(style.png(clouds(rows)))
        print(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with modelnet10_chair.npz")
    parser.add_argument("--model", default="chair")
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder for the pictures")
    parser.add_argument("--generated", action="store_true", help="only the sheets of generated shapes")
    parser.add_argument("--how", action="store_true", help="only the six objects of the page How it codes")
    options = parser.parse_args()
    if options.generated:
        generated(options.out)
        return
    if options.how:
        how(options.out)
        return
    codec = pcbin.Codec(options.model)
    chairs = sorted((ROOT / "examples").glob("*chair.ply"))
    examples = [(path.name, read_cloud(path).points) for path in chairs]
    pairs(examples, 3, options.out / "examples.png", codec)
    if options.data:
        with np.load(options.data / "modelnet10_chair.npz", allow_pickle=False) as data:
            rows = np.flatnonzero(data["split"] == "test")[::8][:12]  # every eighth: not picked by hand
            chosen = [(str(data["name"][row]), data["points"][row, :2048]) for row in rows]
        pairs(chosen, 3, options.out / "test-chairs.png", codec)


if __name__ == "__main__":
    main()
