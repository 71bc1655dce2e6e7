"""How far decoded objects are from their originals, and what their bytes cost."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pcbin.arrays import ObjectLike, Up
from pcbin.codec import Codec, ModelLike
from pcbin.coding.options import Options
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.modalities import Modality, Rate
from pcbin.modalities.clouds import CLOUDS
from pcbin.modalities.evaluations import Evaluation, ImageEvaluation, Metrics
from pcbin.modalities.images import IMAGES

__all__ = ["Evaluation", "ImageEvaluation", "evaluate", "evaluate_image"]


def evaluate(
    original: ObjectLike,
    decoded: ObjectLike | None = None,
    *,
    data: bytes | None = None,
    model: ModelLike | None = None,
    device: str = "cpu",
    up: Up = "y",
    metrics: Metrics = None,
    normals: Any = None,
) -> Evaluation:
    """Compares an original cloud with its decoded form, and says the rate of the encoded bytes.

    Args:
        original: (N, 3).
        decoded: (M, 3); where it is omitted, `data` is decoded.
        data: The bytes of the .pcb file; where they are omitted, the rates are None.
        model: As for `pcbin.decompress`.
        device: As for `pcbin.decompress`.
        up: As for `pcbin.decompress`.
        metrics: Names out of "chamfer", "d1-psnr", "f-score", "d2-psnr", "hausdorff", "dcd" and "emd", or
            "all"; None for the first three. The first two are always measured. "emd" takes longest.
        normals: (N, 3), those of the original's points, for "d2-psnr"; a mesh has its own.

    Raises:
        InputError: Not clouds, unknown metrics, normals that are none, or neither `decoded` nor `data` is
            given.
    """
    more = {"metrics": metrics, "normals": normals}
    found: Evaluation = _evaluate(CLOUDS, original, decoded, data, model, device, up, more)
    return found


def evaluate_image(
    original: ObjectLike,
    decoded: ObjectLike | None = None,
    *,
    data: bytes | None = None,
    model: ModelLike | None = None,
    device: str = "cpu",
) -> ImageEvaluation:
    """Compares an original grey image with its decoded form, and says the rate of the encoded bytes.

    Args:
        original: (height, width), uint8 or numbers from 0 to 1.
        decoded: The same; where it is omitted, `data` is decoded.
        data: The bytes of the .pcb file; where they are omitted, the rates are None.
        model: As for `pcbin.decompress`.
        device: As for `pcbin.decompress`.

    Raises:
        InputError: Not images, images of different sizes, or neither `decoded` nor `data` is given.
    """
    found: ImageEvaluation = _evaluate(IMAGES, original, decoded, data, model, device)
    return found


FUNCTIONS = {CLOUDS: "evaluate", IMAGES: "evaluate_image"}


def _evaluate(  # noqa: PLR0917
    modality: Modality,
    original: Any,
    decoded: Any,
    data: bytes | None,
    model: ModelLike | None,
    device: str,
    up: Up = "y",
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    if data is None:
        if decoded is None:
            raise InputError(
                f"{FUNCTIONS[modality]}: nothing to compare with; pass the decoded {modality.noun}, or "
                "data=the encoded bytes"
            )
        return modality.evaluate(original, decoded, **more)
    header = pcb.peek(data)
    rate = Rate(header.code_bits, 8 * len(data))
    if decoded is not None:
        return modality.evaluate(original, decoded, rate, **more)
    wanted = header.model_id if model is None else model
    codec = Codec.with_options(wanted, Options(up=up, licence="any"), device=device)
    if codec.modality is not modality:
        other = codec.modality
        raise InputError(
            f"data: the code of model {codec.model.name}, which codes {other.noun}s; use `{FUNCTIONS[other]}`"
        )
    return modality.evaluate(original, codec.decode(data), rate, placed=header.pose != "none", **more)
