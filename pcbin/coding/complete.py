"""Partial clouds completed: a global code of a whole object, some of whose points are there.

Most objects are mirror images of themselves. So the encoder is shown what is there, and what is there with
its mirror image, at several planes, and then what the best code has added. What codes decode to is measured
one way, from the points that are there to those decoded. What a code adds is a guess: nothing measures it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pcbin.arrays import Float32, Float64, normalise, thin
from pcbin.coding.encoding import Measured, measured
from pcbin.metrics import nearest_squared
from pcbin.models.model import Model

MIRRORED = (0, 2)
"""Axes that objects are mirrored along: few have a bottom that is like their top."""
PLACES = (0.5, 0.0, 1.0)
"""Of the mirror, along the box."""
FAR = 0.04
"""Of the diagonal of what is there: decoded points that are farther from it were added."""


def complete(model: Model, cloud: Float32, *, bits: int, effort: int) -> Measured:
    """The code of a whole object for a normalised (N, 3) cloud, part of which is missing.

    Its pose places the object in the cloud; the distance is not kept, since it is no Chamfer distance.
    """
    tried = [_tried(model, cloud, whole, bits=bits, effort=0) for whole in _wholes(cloud)]
    best = min(tried, key=_cost)
    added = best.decoded[np.sqrt(nearest_squared(best.decoded, cloud)) > FAR]
    filled = np.concatenate([cloud.astype(np.float64), added])
    tried = [best, _tried(model, cloud, filled, bits=bits, effort=effort)]
    return min(tried, key=_cost).code


def _cost(tried: _Tried) -> float:
    """What is least for the best of several wholes: a part alone, which says less, is drawn more finely."""
    assert tried.code.pose is not None
    return tried.distance / tried.code.pose.scale


class _Tried(NamedTuple):
    """distance: one way, from what is there. decoded: (M, 3), in the cloud's unit."""

    code: Measured
    distance: float
    decoded: Float32 | Float64


def _tried(model: Model, cloud: Float32, whole: Float64, *, bits: int, effort: int) -> _Tried:
    again, pose = normalise(whole)
    few = thin(again, model.encoder_points, method="random")
    code = measured(model, few[None], bits=bits, effort=effort)[0].code
    decoded = pose.apply(model.decode(code[None])[0])
    return _Tried(Measured(code, None, pose), float(nearest_squared(cloud, decoded).mean()), decoded)


def _wholes(cloud: Float32) -> Iterator[Float64]:
    """(N or 2 N, 3): what the object may be."""
    points = cloud.astype(np.float64)
    yield points
    low, high = points.min(axis=0), points.max(axis=0)
    for axis in MIRRORED:
        for place in PLACES:
            image = points.copy()
            image[:, axis] = 2 * (low + place * (high - low))[axis] - image[:, axis]
            yield np.concatenate([points, image])
