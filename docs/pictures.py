"""Makes the pictures of the docs: original clouds beside their decoded codes. Needs matplotlib (extra viz).

python docs/pictures.py                       # the README's picture, from examples/
python docs/pictures.py --data DIR            # and ten test chairs of DIR/modelnet10_chair.npz
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import pcbin
from pcbin.arrays import as_points, normalise
from pcbin.formats.clouds import read_cloud
from pcbin.reproduce.draw import cloud as draw
from pcbin.reproduce.draw import pyplot

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"


def pairs(clouds: Sequence[tuple[str, np.ndarray]], columns: int, path: Path, codec: pcbin.Codec) -> None:
    """Rows of `columns` pairs: original and decoded, with bits and Chamfer distance."""
    plt = pyplot()
    rows = -(-len(clouds) // columns)
    figure, axes = plt.subplots(rows, 2 * columns, figsize=(4.0 * columns, 2.6 * rows), squeeze=False)
    for place, (name, cloud) in enumerate(clouds):
        points, _ = normalise(as_points(cloud))
        data = codec.encode(points)
        decoded = codec.decode(data)
        found = pcbin.evaluate(points, decoded, data=data)
        left, right = axes[place // columns, 2 * (place % columns) : 2 * (place % columns) + 2]
        draw(left, points, f"{name}\n{96 * len(points):,} bits")
        draw(right, decoded, f"decoded from {codec.bits} bits\nChamfer {found.chamfer_e3:.2f}e-3")
    for place in range(len(clouds), rows * columns):
        for empty in axes[place // columns, 2 * (place % columns) : 2 * (place % columns) + 2]:
            empty.axis("off")
    figure.tight_layout(pad=0.5)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=110, bbox_inches="tight", pad_inches=0.08)
    plt.close(figure)
    print(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with modelnet10_chair.npz")
    parser.add_argument("--model", default="chair")
    parser.add_argument("--out", type=Path, default=IMAGES, help="folder for the pictures")
    options = parser.parse_args()
    codec = pcbin.Codec(options.model)
    chairs = sorted((ROOT / "examples").glob("*chair.ply"))
    examples = [(path.name, read_cloud(path).points) for path in chairs]
    pairs(examples, 3, options.out / "examples.png", codec)
    if options.data:
        with np.load(options.data / "modelnet10_chair.npz", allow_pickle=False) as data:
            rows = np.flatnonzero(data["split"] == "test")[::10][:10]  # every tenth: not picked by hand
            chosen = [(str(data["name"][row]), data["points"][row, :2048]) for row in rows]
        pairs(chosen, 2, options.out / "test-chairs.png", codec)


if __name__ == "__main__":
    main()
