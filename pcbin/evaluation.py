"""What `pcbin encode` and `pcbin eval` say about a cloud, or an image, and its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pcbin.arrays import as_image, as_points
from pcbin.codec import Codec, ModelLike
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.metrics import distortion, image_psnr
from pcbin.models import zoo

FLOAT_BITS = 32
GREY_BITS = 8


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
        decoded = _decoded(data, model, device, images=False)
    found = distortion(points, decoded)
    if data is None:
        return Evaluation(len(points), *found)
    floats, payload, container = 3 * FLOAT_BITS * len(points), pcb.peek(data).code_bits, 8 * len(data)
    return Evaluation(
        len(points), *found, payload, container, container / len(points), floats / container, floats / payload
    )


@dataclass(frozen=True)
class ImageEvaluation:
    """The metrics of one grey image; the rates are None where no encoded bytes were given."""

    height: int
    """Rows of pixels."""
    width: int
    """Columns of pixels."""
    mse: float
    """Mean squared difference of the grey values, which go from 0 to 1."""
    psnr: float
    """10 log10(1 / mse) in dB; infinite at mse 0."""
    payload_bits: int | None = None
    """Bits of the code alone."""
    container_bits: int | None = None
    """Bits of the whole file: header, code, metadata, checksum."""
    bpp: float | None = None
    """Bits per pixel, of the code alone."""
    container_bpp: float | None = None
    """Bits per pixel, of the whole file."""
    ratio: float | None = None
    """The original as 8-bit grey values to the whole file."""
    payload_ratio: float | None = None
    """The original as 8-bit grey values to the code alone."""


def evaluate_image(
    original: Any,
    decoded: Any = None,
    *,
    data: bytes | None = None,
    model: ModelLike | None = None,
    device: str = "cpu",
) -> ImageEvaluation:
    """Compares an original (height, width) grey image with its decoded form, and says the rate of the bytes.

    Both are uint8, or numbers from 0 to 1. decoded: where it is left out, `data` is decoded. data: the bytes
    of the .pcb file; where they are left out, the rates are None. Raises InputError when neither is given,
    for what is not an image, and where the two have different sizes.
    """
    pixels = as_image(original, what="original")
    if decoded is None:
        if data is None:
            raise InputError(
                "evaluate_image: nothing to compare with; pass the decoded image, or data=the encoded bytes"
            )
        decoded = _decoded(data, model, device, images=True)
    back = as_image(decoded, what="decoded")
    if back.shape != pixels.shape:
        raise InputError(
            f"decoded: {back.shape[0]} x {back.shape[1]} pixels, the original has {pixels.shape[0]} x "
            f"{pixels.shape[1]}; compare images of one size"
        )
    height, width = pixels.shape
    mse = float(np.mean((pixels.astype(np.float64) - back) ** 2))
    psnr = float(image_psnr(pixels[None], back[None])[0])
    if data is None:
        return ImageEvaluation(height, width, mse, psnr)
    count, payload, container = height * width, pcb.peek(data).code_bits, 8 * len(data)
    grey = GREY_BITS * count
    return ImageEvaluation(
        height, width, mse, psnr, payload, container, payload / count, container / count,
        grey / container, grey / payload,
    )  # fmt: skip


def _decoded(data: bytes, model: ModelLike | None, device: str, *, images: bool) -> Any:
    """Raises InputError where the bytes are those of the other kind."""
    codec = Codec(zoo.load(pcb.peek(data).model_id if model is None else model, device=device))
    if images != (codec.model.image is not None):
        kinds = ("images", "evaluate_image") if not images else ("clouds", "evaluate")
        raise InputError(
            f"data: the code of model {codec.model.name}, which codes {kinds[0]}; use `{kinds[1]}`"
        )
    return codec.decode(data)


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
