"""The two networks of a model of cell codes, and the whole way from codes to points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32
from pcbin.models.cells.codes import Gridded, decode
from pcbin.models.cells.network import ContextNetwork
from pcbin.models.cells.placement import Placement


class CellNetworks:
    """The context network and the placement of one model.

    Args:
        tensors: As the model file holds them.
        weights: The same widened to 32-bit floats.
    """

    def __init__(self, tensors: Mapping[str, npt.NDArray[Any]], weights: Mapping[str, Float32]) -> None:
        self.context = ContextNetwork.of(tensors)
        self.placement = Placement.of(weights)

    def cells(self, codes: Codes) -> list[Gridded]:
        """The cells of (n, k / 8) codes; zeros after the end of a code change nothing.

        Raises FormatError for bytes that are no cell code.
        """
        return decode(self.context, [code.tobytes() for code in codes])

    def points(self, objects: Sequence[Gridded], count: int) -> list[Float32]:
        """(count, 3) points of each object in the normalised frame; fewer if its cells cannot hold them."""
        return self.placement.points(objects, count)

    def decode(self, codes: Codes, count: int) -> Float32:
        """(n, k / 8) codes -> (n, count, 3) normalised clouds; points are repeated where cells hold fewer."""
        found = np.empty((len(codes), count, 3), np.float32)
        for row, points in enumerate(self.points(self.cells(codes), count)):
            found[row] = points[np.arange(count) % len(points)]
        return found
