"""One object to bytes and back: the functions that most programs need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pcbin.arrays import ObjectLike, Orient, Outliers, Sampling, Spacing, Up
from pcbin.auto import AUTO, encoder
from pcbin.codec import Codec, Decoded, ModelLike, Notes
from pcbin.coding.options import Options
from pcbin.formats import pcb
from pcbin.models.licences import Licence


def compress(
    points: ObjectLike,
    *,
    model: ModelLike = AUTO,
    bits: int | None = None,
    effort: int | None = None,
    max_chamfer: float | None = None,
    pose: bool = True,
    metadata: Mapping[str, Any] | None = None,
    entropy: bool = False,
    device: str = "cpu",
    sampling: Sampling = "farthest",
    seed: int = 0,
    up: Up = "y",
    warn: bool = True,
    licence: Licence | None = None,
    orient: Orient | None = None,
    outliers: Outliers = "drop",
    complete: bool = False,
    pack: bool = False,
    full_hash: bool = False,
) -> bytes:
    """A cloud or image as the bytes of a .pcb file; `decompress` undoes it.

    Args:
        points: (N, 3) in any units; with a model of images (height, width) grey values, uint8 or 0 to 1.
        model: "auto", which tries all installed models of clouds and keeps the code with the lowest Chamfer
            distance, or with `max_chamfer` the fewest bits; or one model, as for `Codec`.
        bits: The length of the code, a multiple of 8 that the model has; None for its default. With "auto",
            and with models of cell codes, the most that it may have; None for 128 with "auto".
        effort: 0 to 9: how long to search for a better code of the same length; None for 1.
        max_chamfer: Instead of `bits`: the shortest code whose Chamfer distance is at most this.
        pose: Store where the cloud was and how large, so that it decodes in place.
        metadata: Anything msgpack can hold, under string keys.
        entropy: Entropy code the code where that saves a byte or more; reading it then needs the model.
            Cell codes are arithmetic codes already, and stay as they are.
        device: "cpu" (NumPy), or "cuda" (torch).
        sampling: How a cloud with more points than the model takes is thinned: "farthest" or "random".
        seed: Of the thinning.
        up: Which axis of the cloud points up, "x", "y" or "z"; the file does not record it, so `decompress`
            must be told the same.
        warn: As in `Codec`.
        licence: "open" keeps out models whose weights are not openly licensed, also of "auto", "any" none;
            None for what the environment variable PCBIN_LICENCE says.
        orient: "auto" turns a cloud to how the model codes it better, and `decompress` turns it back, for 8
            bytes more; "keep" codes it as it stands. None turns where the pose is stored and the effort is
            not 0.
        outliers: "drop" leaves out points that are far from all others, and issues a `PcbinWarning` that says
            how many; "keep" codes all.
        complete: The cloud is a part of an object, such as half a scan, and a global code is to complete it;
            what it adds is a guess. Otherwise what is there is coded.
        pack: `bits` are those of the entropy-coded code: a longer code has room in them, which comes nearer,
            takes three to five times as long to find, and can be read only where the model is.
        full_hash: Store all 32 bytes of the model's SHA-256 as metadata, for `decompress` to compare: the 8
            that every file has do not tell two models of one author apart who made them alike.

    Raises:
        ModelNotFound: No installed model has this name or hash.
        WeightsCorrupt: The weights do not match their hash.
        MissingDependency: The device needs torch.
        InputError: Not a cloud or an image of the model's size, options that the model cannot have, or a
            model that is not openly licensed where only those are wanted.
    """
    options = Options(
        bits,
        effort,
        max_chamfer,
        sampling,
        seed,
        up,
        warn,
        licence,
        orient,
        outliers,
        complete,
        pack,
        full_hash,
    )
    return encoder(model, options, device=device).encode(
        points, pose=pose, metadata=metadata, entropy=entropy
    )


def compress_many(
    clouds: Iterable[ObjectLike],
    *,
    model: ModelLike = AUTO,
    bits: int | None = None,
    effort: int | None = None,
    max_chamfer: float | None = None,
    pose: bool = True,
    metadata: Notes | None = None,
    entropy: bool = False,
    device: str = "cpu",
    sampling: Sampling = "farthest",
    seed: int = 0,
    up: Up = "y",
    warn: bool = True,
    licence: Licence | None = None,
    orient: Orient | None = None,
    outliers: Outliers = "drop",
    complete: bool = False,
    pack: bool = False,
    full_hash: bool = False,
) -> list[bytes]:
    """Many clouds or images as the bytes of a .pcb file each, in batches: faster than one by one.

    `Codec.encode_many` can go on after those that cannot be encoded; `open` puts all into one file.

    Args:
        clouds: As many as there are, each as for `compress`.
        model: As for `compress`.
        bits: As for `compress`.
        effort: As for `compress`.
        max_chamfer: As for `compress`.
        pose: As for `compress`.
        metadata: One for each of the clouds, None where it has none; or None for all.
        entropy: As for `compress`.
        device: As for `compress`.
        sampling: As for `compress`.
        seed: As for `compress`.
        up: As for `compress`.
        warn: As for `compress`.
        licence: As for `compress`.
        orient: As for `compress`.
        outliers: As for `compress`.
        complete: As for `compress`.
        pack: As for `compress`.
        full_hash: As for `compress`.

    Raises:
        ModelNotFound: No installed model has this name or hash.
        WeightsCorrupt: The weights do not match their hash.
        MissingDependency: The device needs torch.
        InputError: One of them, which the message counts from 0, is not a cloud or an image of the model's
            size; or the model cannot have these options.
    """
    options = Options(
        bits,
        effort,
        max_chamfer,
        sampling,
        seed,
        up,
        warn,
        licence,
        orient,
        outliers,
        complete,
        pack,
        full_hash,
    )
    return encoder(model, options, device=device).encode_many(
        clouds, pose=pose, metadata=metadata, entropy=entropy
    )


def decompress(
    data: bytes | bytearray | memoryview,
    *,
    model: ModelLike | None = None,
    n_points: int | None = None,
    spacing: Spacing | None = None,
    device: str = "cpu",
    up: Up = "y",
) -> Decoded:
    """The cloud, or the image, of the bytes of a .pcb file.

    Args:
        data: The file.
        model: A model that is not installed; None for the installed one with the hash in the file.
        n_points: How many points, 64 to 1,000,000; None for as many as the decoder gives.
        spacing: "even" spreads them evenly, "model" keeps the decoder's density; None is "even" where there
            is an `n_points` of at most as many as the decoder gives, else "model".
        device: "cpu" (NumPy), or "cuda" (torch).
        up: Which axis pointed up when the cloud was encoded; the file does not record it.

    Returns:
        (points, 3) in the user's coordinates, float32, or float64 where float32 cannot hold them to a
        millionth of the object's size; for an image (height, width) uint8.

    Raises:
        FormatError: The data are damaged; its kinds say how.
        ModelNotFound: No installed model has the hash in the file.
        ModelMismatch: The code is of another model than the given one.
        InputError: Such a number of points, or such a spacing, is not possible.
    """
    wanted = pcb.peek(data).model_id if model is None else model
    codec = Codec.with_options(wanted, Options(up=up, licence="any"), device=device)
    return codec.decode(data, n_points=n_points, spacing=spacing)
