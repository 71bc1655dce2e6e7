"""``model="auto"``: whichever installed model codes a cloud best."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from pcbin.arrays import ObjectLike
from pcbin.codec import Codec, Coded, Encoder, iterate, warn_of
from pcbin.coding.options import Options
from pcbin.errors import InputError, ModelNotFound, PcbinError
from pcbin.modalities import modality_of
from pcbin.modalities.clouds import points_of
from pcbin.models import zoo
from pcbin.models.description import ModelDescription
from pcbin.models.licences import is_open, only_open

AUTO = "auto"
DEFAULT_BITS = 128


class Auto(Encoder):
    """All installed models of clouds that have codes of the wanted length, each as a codec.

    Args:
        options: As for `Codec`; 128 bits where neither `bits` nor `max_chamfer` is given.
        device: As for `Codec`.

    Raises:
        ModelNotFound: There is no such model.
        InputError: No model can have these options.
    """

    def __init__(self, options: Options | None = None, *, device: str = "cpu") -> None:
        wanted = options or Options()
        if wanted.bits is None and wanted.max_chamfer is None:
            wanted = replace(wanted, bits=DEFAULT_BITS)
        self.options = wanted
        self.codecs = [
            Codec.with_options(entry.path, replace(wanted, warn=False), device=device)
            for entry in zoo.installed()
            if _fits(entry.description, wanted.bits)
            and (not only_open(wanted.licence) or is_open(entry.header.info.get("license")))
        ]
        if not self.codecs:
            length = "nested codes" if wanted.bits is None else f"codes of {wanted.bits} bits"
            kind = "openly licensed model" if only_open(wanted.licence) else "model"
            raise ModelNotFound(
                f"no installed {kind} of clouds has {length}; choose others (see `pcbin models list`)"
            )
        self.model, self.modality = self.codecs[0].model, self.codecs[0].modality

    def code_many(self, items: Iterable[ObjectLike]) -> Iterator[Coded | PcbinError]:
        """Each cloud, one by one, by the model that is best for it."""
        for item in iterate(items, f"{self.modality.noun}s"):
            try:
                yield self._best(item)
            except PcbinError as error:
                yield error

    def _best(self, item: ObjectLike) -> Coded:
        """The code of an (N, 3) cloud by the model that is best for it.

        Best: of the lowest Chamfer distance, or with `max_chamfer` of the fewest bits; of equal ones the
        first.

        Raises:
            InputError: No model reaches `max_chamfer`.
        """
        points = points_of(item, seed=self.options.seed)
        tried: list[tuple[float, Coded]] = []
        errors = []
        for codec in self.codecs:
            try:
                coded = codec.code(points)
            except InputError as error:
                errors.append(error)
                continue
            chamfer = coded.evaluate(points, pose=False).chamfer
            bits = self.options.bits
            tried.append((coded.bits + min(chamfer, 1) if bits is None else chamfer, coded))
        if not tried:
            raise errors[0]
        seconds = sum(coded.seconds for _, coded in tried)
        best = replace(min(tried, key=lambda one: one[0])[1], seconds=seconds)
        if self.options.warn:
            warn_of(best)
        return best


def encoder(model: Any, options: Options, *, device: str = "cpu") -> Encoder:
    """What encodes with a model that is named as for `Codec`, or with "auto"."""
    if isinstance(model, str) and model == AUTO:
        return Auto(options, device=device)
    return Codec.with_options(model, options, device=device)


def _fits(model: ModelDescription | None, bits: int | None) -> bool:
    """Whether a model is one of clouds with codes of so many bits (None: nested ones)."""
    if model is None or not modality_of(model).has_points:
        return False
    return model.lengths.nested if bits is None else bits in model.lengths
