"""Point clouds with a model of cell codes: whatever they are, at most so many bits each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pcbin.arrays import Codes, Float32, Float64, Pose, turned
from pcbin.modalities.clouds import Clouds
from pcbin.models.model import Model

if TYPE_CHECKING:
    from pcbin.coding.encoding import Measured
    from pcbin.coding.options import Options


class CellClouds(Clouds):
    """Codes differ in length: `bits` is the most that one may have, and arrays of codes are filled up with
    zeros, which change nothing."""

    varies = True

    def encode(self, model: Model, arrays: Sequence[Float32], options: Options) -> list[Measured]:
        from pcbin.coding.cell_search import best, shortest
        from pcbin.coding.encoding import Measured

        if options.max_chamfer is not None:
            return [
                Measured(*shortest(model, one, options.max_chamfer, effort=options.level)) for one in arrays
            ]
        bits = options.length(model)
        return [Measured(*best(model, one, bits=bits, effort=options.level)) for one in arrays]

    def restore(
        self,
        model: Model,
        codes: Codes,
        poses: Sequence[Pose | None],
        options: Options,
        n_points: int | None,
    ) -> Iterator[Float32 | Float64]:
        assert model.cells is not None
        wanted = model.points if n_points is None else n_points
        found = model.cells.points(model.cells.cells(codes), wanted)
        for cloud, pose in zip(found, poses, strict=True):
            points = cloud
            if len(cloud) != wanted:
                from pcbin.resample import resample

                points = resample(cloud, wanted)
            yield turned(pose.apply(points) if pose else points, options.up, back=True)

    def unlike_training(self, model: Model, bits: int, chamfer: float) -> str | None:
        return None  # no object is: cells are seen one neighbourhood at a time


CELLS = CellClouds()
