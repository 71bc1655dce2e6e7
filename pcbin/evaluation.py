"""How far decoded objects are from their originals, and what their bytes cost."""

from __future__ import annotations

from typing import Any

from pcbin.arrays import ObjectLike, Up
from pcbin.codec import Codec, ModelLike
from pcbin.coding.options import Options
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.modalities import Modality, Rate
from pcbin.modalities.clouds import CLOUDS
from pcbin.modalities.evaluations import Evaluation, ImageEvaluation
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
) -> Evaluation:
    """Compares an original cloud with its decoded form, and says the rate of the encoded bytes.

    Args:
        original: (N, 3).
        decoded: (M, 3); where it is omitted, `data` is decoded.
        data: The bytes of the .pcb file; where they are omitted, the rates are None.
        model: As for `pcbin.decompress`.
        device: As for `pcbin.decompress`.
        up: As for `pcbin.decompress`.

    Raises:
        InputError: Not clouds, or neither `decoded` nor `data` is given.
    """
    found: Evaluation = _evaluate(CLOUDS, original, decoded, data, model, device, up)
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
) -> Any:
    if data is None:
        if decoded is None:
            raise InputError(
                f"{FUNCTIONS[modality]}: nothing to compare with; pass the decoded {modality.noun}, or "
                "data=the encoded bytes"
            )
        return modality.evaluate(original, decoded)
    header = pcb.peek(data)
    rate = Rate(header.code_bits, 8 * len(data))
    if decoded is not None:
        return modality.evaluate(original, decoded, rate)
    wanted = header.model_id if model is None else model
    codec = Codec.with_options(wanted, Options(up=up, licence="any"), device=device)
    if codec.modality is not modality:
        other = codec.modality
        raise InputError(
            f"data: the code of model {codec.model.name}, which codes {other.noun}s; use `{FUNCTIONS[other]}`"
        )
    return modality.evaluate(original, codec.decode(data), rate, placed=header.pose != "none")
