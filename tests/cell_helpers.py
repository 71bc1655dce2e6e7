"""A small model of cell codes whose weights are random: it codes nothing well."""

from __future__ import annotations

from typing import Any

import numpy as np

from pcbin.models.cells.description import CellDescription
from pcbin.models.cells.network import tensor_shapes
from pcbin.models.cells.placement import tensor_shapes as placement_shapes
from pcbin.models.description import CodeLengths, ModelDescription
from pcbin.models.model import Model
from pcbin.training.cells.quantise import table

SIZES = CellDescription((6, 5), 8, 48)


def random_tensors(seed: int = 0) -> dict[str, Any]:
    """The tensors of both networks."""
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {}
    for name, (shape, kind) in tensor_shapes(SIZES.context).items():
        if kind is np.int8:
            found[name] = rng.integers(-127, 128, shape).astype(np.int8)
        elif kind is np.float32:
            found[name] = rng.integers(-500, 501, shape).astype(np.float32)
        elif kind is np.uint8:
            found[name] = rng.integers(5, 9, shape).astype(np.uint8)
        else:
            found[name] = table()
    for name, size in placement_shapes(SIZES.placement, SIZES.most).items():
        found[name] = (0.2 * rng.standard_normal(size)).astype(np.float16)
    return found


def random_model(seed: int = 0, *, points: int = 256) -> Model:
    """A whole model."""
    description = ModelDescription.of_cells(
        CodeLengths(8, 256, 4096), SIZES, points=points, encoder_points=512
    )
    return Model.from_parts(description, {"name": "tiny-cells"}, random_tensors(seed))
