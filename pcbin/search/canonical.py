"""A pose that a shape suggests by itself, and its code in that pose.

The axes are the principal ones, most spread first, each pointing to where the shape reaches farther (its
third moment). A shape that is about as wide as deep, or about symmetric, has no such pose that a new sample
of it would share: whoever searches tries the 24 rotations that map the axes onto one another, and their
mirror images.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np

from pcbin._bits import is_whole
from pcbin.arrays import Codes, Float64, Pose, as_points
from pcbin.codec import Codec, ModelLike, iterate
from pcbin.coding.frames import SIGNED, principal_frame
from pcbin.coding.pose import placed
from pcbin.errors import InputError
from pcbin.models import zoo

MODEL = "objects"
"""Whose codes name and index shapes, unless another is named."""
BITS = 128
ID_BITS = 64


def coder(model: ModelLike | None = None, *, bits: int = BITS) -> Codec:
    """What codes shapes to search them: without a search for a better code, so that equal clouds get equal
    codes, quickly.

    Raises:
        InputError: A model of images, or one whose codes differ in length: no distance compares those.
        ModelNotFound: There is no such model.
    """
    if not is_whole(bits):
        raise InputError(f"bits = {bits!r}; use a whole number, a multiple of 8")
    used = zoo.load(MODEL if model is None else model)
    lengths = used.description.lengths
    made = Codec(
        used,
        bits=bits if lengths.shortest <= bits <= lengths.longest else None,
        effort=0,
        orient="keep",
        warn=False,
    )
    if not made.modality.has_points or made.modality.varies(made.model):
        raise InputError(
            f"model {made.model.name}: its codes cannot be compared bit by bit; name a model of clouds "
            "with codes of one length, such as objects or parts"
        )
    return made


def frame_of(points: Any) -> Float64:
    """(3, 3): the rotation whose rows are the axes of the canonical pose of (N, 3) points."""
    cloud = as_points(points)
    centred = cloud - cloud.mean(axis=0)
    size = float(np.abs(centred).max()) or 1.0
    axes = principal_frame(centred / size)[0][::-1]
    skew = ((centred / size @ axes.T) ** 3).sum(axis=0)
    axes = axes * np.where(skew < 0, -1.0, 1.0)[:, None]
    axes[2] *= np.linalg.det(axes)
    return axes


def stood(points: Any) -> tuple[Any, Pose]:
    """(N, 3) points in their canonical pose, of unit box diagonal, and the pose that takes them back."""
    cloud = as_points(points)
    normal, pose = placed(cloud, frame_of(cloud))
    normal = normal[np.lexsort(np.round(normal, 5).T)]  # thinning must not depend on the order of the points
    return normal, pose


def codes_of(clouds: Sequence[Any], codec: Codec) -> tuple[Codes, list[Pose]]:
    """The (n, K / 8) codes of clouds in their canonical poses, and the poses that take them back."""
    found = [stood(cloud) for cloud in iterate(clouds, "clouds")]
    return codec.codes([normal for normal, _ in found])[0], [pose for _, pose in found]


def probes(points: Any, codec: Codec) -> Codes:
    """(48, K / 8): the codes of a cloud in all poses that its canonical one may be mistaken for."""
    normal = stood(points)[0].astype(np.float64)
    return codec.codes([normal @ turn.T for turn in SIGNED])[0]


def name_of(points: Any, codec: Codec | None = None) -> str:
    """A short name of a shape: its code of ID_BITS in its canonical pose, in base32 after the model's name.

    Moved, scaled and turned copies of the same points have the same name, but for rare roundings. Other
    samplings of a surface have one that differs in a few bits, and other shapes may share it: it is a key to
    look for copies by, no identity.

    Raises:
        InputError: Not a cloud.
    """
    used = coder(bits=ID_BITS) if codec is None else codec
    codes, _ = codes_of([points], used)
    text = base64.b32encode(codes[0].tobytes()).decode().rstrip("=").lower()
    return f"{used.model.name}-{text}"
