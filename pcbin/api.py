"""One object to bytes and back: the functions that most programs need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pcbin.arrays import Sampling
from pcbin.auto import encoder
from pcbin.codec import Codec, Decoded, ModelLike
from pcbin.coding.options import Options
from pcbin.formats import pcb
from pcbin.models import zoo


def compress(
    points: Any,
    *,
    model: ModelLike = zoo.DEFAULT,
    bits: int | None = None,
    effort: int | None = None,
    max_chamfer: float | None = None,
    pose: bool = True,
    metadata: Mapping[str, Any] | None = None,
    entropy: bool = False,
    device: str = "cpu",
    sampling: Sampling = "farthest",
    seed: int = 0,
) -> bytes:
    """An (N, 3) cloud as the bytes of a .pcb file; see `Codec` for the arguments. `decompress` undoes it.

    model: "auto" tries all installed models of clouds at `bits` (128 where neither `bits` nor `max_chamfer`
    is given) and keeps the one with the lowest Chamfer distance, or with `max_chamfer` the fewest bits. With
    a model of images: one (height, width) grey image, uint8 or 0 to 1.
    """
    options = Options(bits, effort, max_chamfer, sampling, seed)
    return encoder(model, options, device=device).encode(
        points, pose=pose, metadata=metadata, entropy=entropy
    )


def decompress(
    data: bytes | bytearray | memoryview,
    *,
    model: ModelLike | None = None,
    n_points: int | None = None,
    device: str = "cpu",
) -> Decoded:
    """The bytes of a .pcb file with one cloud -> (points, 3) float32, in the user's coordinates; with one
    image -> (height, width) uint8.

    The model is found by the hash in the file among the installed ones; `model` names one that is not
    installed. n_points: how many points, 64 to 65,536, well spread; None for as many as the decoder gives.
    Coordinates that float32 cannot hold to a millionth of the object's size come as float64.

    Raises FormatError and its kinds for damaged data, ModelNotFound, ModelMismatch.
    """
    wanted = pcb.peek(data).model_id if model is None else model
    return Codec.with_options(wanted, device=device).decode(data, n_points=n_points)
