"""Point clouds with a model of cell codes: whatever they are, of at most so many bits each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pcbin.arrays import Codes, Float32
from pcbin.models.cells.networks import CellNetworks
from pcbin.models.model import Model

if TYPE_CHECKING:
    from pcbin.coding.encoding import Measured
    from pcbin.coding.options import Options


def encode(model: Model, clouds: Sequence[Float32], options: Options) -> list[Measured]:
    """Normalised clouds -> their codes, which differ in length."""
    from pcbin.coding.cell_search import best, shortest
    from pcbin.coding.encoding import Measured

    limit, effort = options.max_chamfer, options.level
    if limit is not None:
        return [Measured(*shortest(model, cloud, limit, effort=effort)) for cloud in clouds]
    bits = options.length(model)
    return [Measured(*best(model, cloud, bits=bits, effort=effort)) for cloud in clouds]


def decode(networks: CellNetworks, codes: Codes, count: int) -> list[Float32]:
    """(n, k / 8) codes -> (count, 3) normalised points of each."""
    found = networks.points(networks.cells(codes), count)
    if all(len(points) == count for points in found):
        return found
    from pcbin.resample import resample

    return [points if len(points) == count else resample(points, count) for points in found]
