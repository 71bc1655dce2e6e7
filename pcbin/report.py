"""What `pcbin encode` and `pcbin eval` say about a cloud and its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pcbin.arrays import as_points
from pcbin.codec import ModelLike, decompress
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.metrics import distortion

FLOAT_BITS = 32


@dataclass(frozen=True)
class Evaluation:
    """The metrics of one cloud; the rates are None where no encoded bytes were given."""

    points: int
    """Points of the original."""
    chamfer: float
    """Two-sided mean of squared nearest-neighbour distances, the original at unit bounding-box diagonal."""
    chamfer_sum: float
    """The same as sums over the points, the posters' convention."""
    d1_psnr: float
    """Point-to-point PSNR in dB, as MPEG pc_error defines it."""
    payload_bits: int | None = None
    """Bits of the code alone."""
    container_bits: int | None = None
    """Bits of the whole file: header, code, pose, metadata, checksum."""
    bits_per_point: float | None = None
    """Container bits for each point of the original."""
    ratio: float | None = None
    """The original as 32-bit floats (96 bits a point) to the whole file."""
    payload_ratio: float | None = None
    """The original as 32-bit floats to the code alone."""

    @property
    def chamfer_e3(self) -> float:
        """The Chamfer distance x 1000, as it is usually quoted."""
        return 1e3 * self.chamfer


def evaluate(
    original: Any,
    decoded: Any = None,
    *,
    data: bytes | None = None,
    model: ModelLike | None = None,
    device: str = "cpu",
) -> Evaluation:
    """Compares an original (N, 3) cloud with its decoded form, and says the rate of the encoded bytes.

    decoded: the (M, 3) decoded cloud; where it is left out, `data` is decoded. data: the bytes of the .pcb
    file; where they are left out, the rates are None. Raises InputError when neither is given.
    """
    points = as_points(original, what="original")
    if decoded is None:
        if data is None:
            raise InputError(
                "evaluate: nothing to compare with; pass the decoded cloud, or data=the encoded bytes"
            )
        decoded = decompress(data, model=model, device=device)
    found = distortion(points, decoded)
    if data is None:
        return Evaluation(len(points), *found)
    floats, payload, container = 3 * FLOAT_BITS * len(points), pcb.peek(data).code_bits, 8 * len(data)
    return Evaluation(
        len(points), *found, payload, container, container / len(points), floats / container, floats / payload
    )


def unlike_training(info: dict[str, Any], chamfer_e3: float) -> float | None:
    """The Chamfer x 1e3 that 99 of 100 clouds of a model's own kind stay below, if this one is above it.

    The largest 99th percentile of the sets, seen in training and held out, that were measured when the model
    was frozen. None: the cloud is as the model knows them, or the model file has no range.
    """
    try:
        highest = [float(r["p99"]) for group in info["chamfer_e3"].values() for r in group.values()]
    except (KeyError, TypeError, ValueError, AttributeError):  # the description binds nobody to a form
        return None
    limit = max(highest, default=float("inf"))
    return limit if chamfer_e3 > limit else None
