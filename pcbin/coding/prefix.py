"""The shortest prefix of a nested code that is good enough for one cloud."""

from __future__ import annotations

from pcbin.arrays import Codes, Float32
from pcbin.coding.encoding import Measured, encode
from pcbin.errors import InputError
from pcbin.metrics import chamfer
from pcbin.models.model import Model

WITHIN_REACH = 2.0
"""A search is tried where the Chamfer distance is below this many times the limit; few halve it."""


def shortest(model: Model, cloud: Float32, max_chamfer: float, *, effort: int) -> Measured:
    """The shortest (k / 8,) code of a normalised (N, 3) cloud whose Chamfer distance is at most this, and
    that distance.

    Lengths are tried from the shortest upwards; with an effort above 0 each is searched. Raises InputError
    where the longest code does not reach it.
    """
    code = encode(model, cloud[None], bits=model.bits)[0]
    found = float("inf")
    for size in range(model.shortest // 8, len(code) + 1):
        prefix: Codes = code[:size]
        found = chamfer(cloud, model.decode(prefix[None])[0])
        if effort and max_chamfer < found <= WITHIN_REACH * max_chamfer:
            from pcbin.coding.cloud_search import refine

            prefix, found = refine(model, cloud, prefix, bits=8 * size, effort=effort)
        if found <= max_chamfer:
            return Measured(prefix, found)
    raise InputError(
        f"max_chamfer = {max_chamfer:g}: with all its {model.bits} bits model {model.name} reaches "
        f"{found:.3g} for this cloud at effort {effort}; allow more, raise the effort, or use another model"
    )
