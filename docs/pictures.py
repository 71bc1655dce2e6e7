"""Makes the pictures of the docs: original clouds beside their decoded codes. Needs matplotlib (extra viz).

python docs/pictures.py                       # the README's picture, from examples/
python docs/pictures.py --data DIR            # and ten test chairs of DIR/modelnet10_chair.npz
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

import pcbin
from pcbin.arrays import as_points, normalise
from pcbin.formats.clouds import read_cloud

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
TURN, TILT = np.radians(35), np.radians(20)


def project(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A (N, 3) cloud, y up, seen from the front, the right and above: screen x, screen y, nearness."""
    x, y, z = points.T
    right, depth = x * np.cos(TURN) - z * np.sin(TURN), x * np.sin(TURN) + z * np.cos(TURN)
    up, near = y * np.cos(TILT) - depth * np.sin(TILT), y * np.sin(TILT) + depth * np.cos(TILT)
    return right, up, near


def draw(axes: plt.Axes, points: np.ndarray, title: str) -> None:
    """One cloud, shaded by nearness."""
    right, up, near = project(points)
    order = np.argsort(near)
    axes.scatter(
        right[order], up[order], c=near[order], cmap="viridis", s=2.6, linewidths=0, vmin=-0.5, vmax=0.5
    )
    axes.set_title(title, fontsize=9, linespacing=1.3)
    axes.set_aspect("equal")
    axes.set_xlim(-0.42, 0.42)
    axes.set_ylim(-0.47, 0.47)
    axes.axis("off")


def pairs(clouds: Sequence[tuple[str, np.ndarray]], columns: int, path: Path, codec: pcbin.Codec) -> None:
    """Rows of `columns` pairs: original and decoded, with bits and Chamfer distance."""
    rows = -(-len(clouds) // columns)
    figure, axes = plt.subplots(rows, 2 * columns, figsize=(4.0 * columns, 2.6 * rows), squeeze=False)
    for place, (name, cloud) in enumerate(clouds):
        points, _ = normalise(as_points(cloud))
        data = codec.encode(points)
        decoded = codec.decode(data)
        found = pcbin.evaluate(points, decoded, data=data)
        left, right = axes[place // columns, 2 * (place % columns) : 2 * (place % columns) + 2]
        draw(left, points, f"{name}\n{96 * len(points):,} bits")
        draw(right, decoded, f"decoded from {codec.model.bits} bits\nChamfer {found.chamfer_e3:.2f}e-3")
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
    examples = [(path.name, read_cloud(path).points) for path in sorted((ROOT / "examples").glob("*.ply"))]
    pairs(examples, 3, options.out / "examples.png", codec)
    if options.data:
        with np.load(options.data / "modelnet10_chair.npz", allow_pickle=False) as data:
            rows = np.flatnonzero(data["split"] == "test")[::10][:10]  # every tenth: not picked by hand
            chosen = [(str(data["name"][row]), data["points"][row, :2048]) for row in rows]
        pairs(chosen, 2, options.out / "test-chairs.png", codec)


if __name__ == "__main__":
    main()
