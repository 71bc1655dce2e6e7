"""Makes the golden vectors of cell codes, once: python formats/golden/make_cells_v1.py. Never overwrites.

The model is a small one of random weights, which belongs to the vectors: shipped ones may be replaced.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from writing import add

from pcbin.models.cells import codes
from pcbin.models.cells.codes import Gridded
from pcbin.models.cells.context import OCTANTS, OF_CHILD, OF_PARENT
from pcbin.models.cells.description import CellDescription
from pcbin.models.cells.grid import Grid, occupied
from pcbin.models.cells.network import LARGEST, ContextNetwork, tensor_shapes
from pcbin.models.cells.networks import CellNetworks
from pcbin.models.cells.placement import tensor_shapes as placement_shapes
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.model import Model

HERE = Path(__file__).parent / "cells-v1"
SIZES = CellDescription((12, 10), 8, 5)
GRIDS = (
    (0, 0, 0), (1, 3, 1), (7, 0, 2), (16, 0, 0), (17, 1, 3), (24, 2, 0), (30, 3, 3), (33, 0, 1), (45, 1, 1),
    (63, 2, 3),
)  # fmt: skip
"""Step, y and z of each object: 2 to 6 levels."""
POINTS = 64


def model() -> Model:
    """Random weights: whole numbers of the context network, half precision of the placement."""
    rng = np.random.default_rng(14)
    tensors: dict[str, Any] = {}
    for name, (shape, kind) in tensor_shapes(SIZES.context).items():
        if kind is np.int8:
            tensors[name] = rng.integers(-127, 128, shape).astype(np.int8)
        elif kind is np.float32:
            tensors[name] = rng.integers(-1500, 1501, shape).astype(np.float32)
        elif kind is np.uint8:
            low = 3 if "first" in name else 7
            tensors[name] = rng.integers(low, low + 3, shape).astype(np.uint8)
    logits = np.arange(-LARGEST, LARGEST + 1) / 128
    tensors["context/probabilities"] = np.round(65536 / (1 + np.exp(-logits))).astype(np.uint16)
    for name, size in placement_shapes(SIZES.placement, SIZES.most).items():
        tensors[name] = (0.2 * rng.standard_normal(size)).astype(np.float16)
    lengths = CodeLengths(8, 256, 4096)
    description = ModelDescription.of_cells(lengths, SIZES, points=256, encoder_points=512)
    return Model.from_parts(description, {"name": "golden-cells"}, tensors)


def objects() -> list[Gridded]:
    """A point, a line of few, a sphere, a box, random ones, and a face of the cube."""
    rng = np.random.default_rng(15)
    sphere = rng.standard_normal((60, 3))
    sphere *= 0.28 / np.linalg.norm(sphere, axis=1)[:, None]
    box = rng.uniform(-0.28, 0.28, (50, 3))
    box[np.arange(50), rng.integers(3, size=50)] = 0.28
    clouds = [
        np.zeros((1, 3)),
        np.array([[-0.5, 0, 0], [0, 0, 0], [0.4999, 0, 0]]),
        sphere,
        box,
        rng.uniform(-0.3, 0.3, (40, 3)),
        np.concatenate([0.4 * sphere + [0.1, 0, 0], 0.4 * sphere - [0.1, 0, 0]]),
        box * [0.2, 1, 0.5],
        np.array([[0.49, y, z] for y in np.linspace(-0.09, 0.09, 5) for z in (-0.02, 0.02)]),
        sphere * [1, 0.3, 0.1],
        rng.uniform(-0.28, 0.28, (12, 3)),
    ]
    return [
        Gridded(occupied(cloud.astype(np.float32), Grid(*grid)), Grid(*grid))
        for cloud, grid in zip(clouds, GRIDS, strict=True)
    ]


def contexts(network: ContextNetwork, some: list[Gridded]) -> list[dict[str, Any]]:
    """What the network is told of a few children of each level, and extreme numbers, and its answers."""
    rng, found = np.random.default_rng(16), []
    for one in some:
        for level, below in codes.levels_of([one]):
            occupied_ = codes.occupied_children(level, below)
            told = level.of_parents()
            row, octant = int(rng.integers(len(told))), int(rng.integers(8))
            for number in range(len(OCTANTS)):
                if number == octant:
                    found.append((octant, told[row], level.of_children(octant)[row]))
                level.put(number, occupied_[number])
    for octant in range(len(OCTANTS)):
        sign = rng.choice([-1, 1], OF_PARENT + OF_CHILD).astype(np.int8)
        found.append((octant, 16 * sign[:OF_PARENT], sign[OF_PARENT:]))
    return [
        {
            "octant": octant,
            "parent": parent.tolist(),
            "child": child.tolist(),
            "probability": int(
                network.probabilities(octant, network.of_parents(parent[None]), child[None])[0]
            ),
        }
        for octant, parent, child in found
    ]


def main() -> None:
    """Writes the model, what it makes of the objects, and the manifest."""
    from pcbin.formats.model_file import dump_model

    made, some = model(), objects()
    networks = CellNetworks(made.file.tensors, made.weights)
    written = [codes.encode(networks.context, [one])[0] for one in some]
    listed = [
        {
            "step": one.grid.step, "y": one.grid.y, "z": one.grid.z,
            "cells": one.cells[:, 1:].tolist(), "code": code.hex(),
        }
        for one, code in zip(some, written, strict=True)
    ]  # fmt: skip
    points = [networks.points([one], POINTS)[0].round(6).tolist() for one in some]
    documents = {
        "codes": {"model": made.file.sha256, "codes": listed},
        "contexts": {"model": made.file.sha256, "contexts": contexts(networks.context, some)},
        "points": {"model": made.file.sha256, "count": POINTS, "points": points},
    }
    files = {f"{name}.json": (json.dumps(found) + "\n").encode() for name, found in documents.items()}
    files["model.safetensors"] = dump_model(made.file.model, made.info, made.file.tensors)
    add(HERE, dict(sorted(files.items())))


if __name__ == "__main__":
    main()
