"""``model="auto"``: whichever installed model codes a cloud best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pcbin.arrays import Codes, Pose, as_points, normalise
from pcbin.codec import Codec
from pcbin.errors import InputError, ModelNotFound
from pcbin.metrics import distortion
from pcbin.models import zoo

DEFAULT_BITS = 128


class Auto:
    """All installed models of clouds that have codes of `bits` bits (128 where neither `bits` nor
    `max_chamfer` is given), each as a codec; see `Codec` for the options.

    Raises ModelNotFound where there is no such model, InputError for what no model can have.
    """

    def __init__(self, *, bits: int | None = None, max_chamfer: float | None = None, **options: Any) -> None:
        self._shortest = max_chamfer is not None
        wanted = DEFAULT_BITS if bits is None and not self._shortest else bits
        self.codecs = [
            Codec(entry.path, bits=wanted, max_chamfer=max_chamfer, **options)
            for entry in zoo.installed()
            if _fits(entry.header.model, wanted)
        ]
        if not self.codecs:
            length = "nested codes" if self._shortest else f"codes of {wanted} bits"
            raise ModelNotFound(
                f"no installed model of clouds has {length}; choose others (see `pcbin models list`)"
            )

    def code(self, points: Any) -> tuple[Codec, Codes, Pose]:
        """The codec that is best for an (N, 3) cloud, the (k / 8,) code and the pose.

        Best: of the lowest Chamfer distance, or with `max_chamfer` of the fewest bits; of equal ones the
        first. Raises InputError where no model reaches `max_chamfer`.
        """
        cloud = normalise(as_points(points))[0]
        tried: list[tuple[float, Codec, Codes, Pose]] = []
        errors = []
        for codec in self.codecs:
            try:
                code, pose = codec.code(points)
            except InputError as error:
                errors.append(error)
                continue
            chamfer = distortion(cloud, codec.model.decode(code[None])[0]).chamfer
            tried.append((8 * len(code) + min(chamfer, 1) if self._shortest else chamfer, codec, code, pose))
        if not tried:
            raise errors[0]
        _, codec, code, pose = min(tried, key=lambda one: one[0])
        return codec, code, pose

    def encode(
        self,
        points: Any,
        *,
        pose: bool = True,
        metadata: Mapping[str, Any] | None = None,
        entropy: bool = False,
    ) -> bytes:
        """As `Codec.encode`, by the codec that is best for the cloud."""
        codec, code, placed = self.code(points)
        return codec.pack(code, placed, pose=pose, metadata=metadata, entropy=entropy)


def _fits(model: Mapping[str, Any], bits: int | None) -> bool:
    """Whether a model's document is one of clouds with codes of so many bits (None: nested ones)."""
    if model.get("image") is not None:
        return False
    nested = model.get("nested")
    if bits is None or nested is None:
        return nested is not None if bits is None else bits == model.get("bits")
    return bool(nested["shortest"] <= bits <= model["bits"]) and bits % 8 == 0
