"""``model="auto"``: whichever installed model codes a cloud best."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from typing import Any, NamedTuple

from pcbin.arrays import Float64, ObjectLike, represented
from pcbin.codec import Codec, Coded, Encoder, iterate, warn_of
from pcbin.coding.options import ROTATION_BYTES, WORTH, Options
from pcbin.errors import InputError, ModelNotFound, PcbinError
from pcbin.metrics import one_way
from pcbin.modalities import modality_of
from pcbin.modalities.clouds import outliers_of, points_of, usual
from pcbin.models import zoo
from pcbin.models.description import ModelDescription
from pcbin.models.licences import is_open, only_open
from pcbin.models.model import Model

AUTO = "auto"
DEFAULT_BITS = 128
TURNED_BITS = 192
"""Above so many bits, cell codes of an object that stands in no usual way are better than turning it."""
TURNED_MODELS = 2
LARGE = 1 << 15
"""Points that represent a larger cloud: as many as thinning looks at for an encoder of 2048. Measuring what
each model makes of all the points of a scan takes longer than coding it, and more memory."""
HOPE, HOPE_OF_CELLS = 1.3, 3.0
"""How many times farther than the nearest first look a model is searched all the same. The look at cells
finds no cells to leave out, which is much where an object is thin. Of 136 training shapes of five collections
at 128 bits, codes were 0.2 % farther on average than with all models searched, and 1.2 % with 1.5 for both
(with the search of the version before)."""


class Auto(Encoder):
    """All installed models of clouds, each as a codec: for every cloud the one whose code is best.

    `bits` is a budget: no code is longer, and some are shorter. A first look, without a search, says which
    models can win; the others are not searched.

    Args:
        options: As for `Codec`; at most 128 bits where neither `bits` nor `max_chamfer` is given.
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
        first = replace(
            wanted, warn=False, outliers="keep", orient=wanted.orient if wanted.bits is None else "keep"
        )
        self.codecs = [
            Codec.with_options(
                entry.path, replace(first, bits=bits, pack=first.pack and _has_table(entry)), device=device
            )
            for entry in zoo.installed()
            if (bits := _length(entry.description, wanted.bits)) != 0
            and not (wanted.complete and entry.is_of_cells)
            and (not only_open(wanted.licence) or is_open(entry.header.info.get("license")))
        ]
        if not self.codecs:
            length = "nested codes" if wanted.bits is None else f"codes of at most {wanted.bits} bits"
            kind = "openly licensed model" if only_open(wanted.licence) else "model"
            raise ModelNotFound(
                f"no installed {kind} of clouds has {length}; choose others (see `pcbin models list`)"
            )
        # a first look, without a search, at which of them can be best
        self._looks = [
            Codec.with_options(codec.model, replace(codec.options, effort=0, pack=False))
            for codec in self.codecs
        ]
        self.model, self.modality = self.codecs[0].model, self.codecs[0].modality
        self.bits = wanted.bits or max(codec.model.bits for codec in self.codecs)

    @property
    def models(self) -> list[Model]:
        """Those that are tried."""
        return [codec.model for codec in self.codecs]

    @property
    def mixes(self) -> bool:
        """Always: codes are of whichever model is best."""
        return True

    def standing(self) -> Auto:
        """The same for objects as they stand: it turns none unless `orient` is "auto"."""
        other = copy(self)
        other.options = self.options.standing
        return other

    def code_many(self, items: Iterable[ObjectLike]) -> Iterator[Coded | PcbinError]:
        """Each cloud, one by one, by the model that is best for it."""
        for item in iterate(items, f"{self.modality.noun}s"):
            try:
                yield self._best(item)
            except PcbinError as error:
                yield error

    def _best(self, item: ObjectLike) -> Coded:
        """The code of an (N, 3) cloud, or of `LARGE` points of it, by the model that is best for it.

        Best: of the lowest Chamfer distance, or with `max_chamfer` of the fewest bits; of equal ones the
        first. All codecs try to turn a cloud that is unlike what the best model knows, and the best does
        where it is not as near as those mostly are.

        Raises:
            InputError: No model reaches `max_chamfer`.
        """
        points = points_of(item, seed=self.options.seed)
        left_out = outliers_of(item, points, self.options)
        if left_out is not None:
            points = points[~left_out]
        points = represented(points, LARGE, seed=self.options.seed)
        tried, errors = self._try(self._hopeful(points), points)
        best = min(tried, key=_cost, default=None)
        turning = [
            Codec.with_options(codec.model, replace(codec.options, orient=self.options.orient))
            for codec in self._worth_turning(best)
        ]
        tried += [one for one in self._try(turning, points)[0] if one.coded.is_turned]
        best = min(tried, key=_cost, default=None)
        if best is None:
            raise errors[0]
        seconds = sum(one.coded.seconds for one in tried)
        coded = replace(best.coded, seconds=seconds, left_out=left_out)
        if self.options.warn:
            warn_of(coded)
        return coded

    def _hopeful(self, points: Float64) -> list[Codec]:
        """The codecs whose codes may be best once they are searched for."""
        if (
            self.options.complete
            or self.options.max_chamfer is not None
            or not self.options.level
            or len(self.codecs) == 1
        ):
            return self.codecs
        tried, _ = self._try(self._looks, points, closely=False)
        if not tried:
            return self.codecs
        nearest = min(one.chamfer for one in tried)
        hopeful = {
            one.coded.codec.model.id
            for one in tried
            if one.chamfer <= nearest * (HOPE if one.coded.codec.model.cells is None else HOPE_OF_CELLS)
        }
        return [codec for codec in self.codecs if codec.model.id in hopeful]

    def _worth_turning(self, best: _Tried | None) -> list[Codec]:
        """Which codecs may code a cloud better when it is turned. best: of it as it stands."""
        if (
            best is None
            or self.options.complete
            or not self.options.turns
            or self.options.max_chamfer is not None
        ):
            return []
        known = usual(best.coded.codec.model)
        if known is None and best.coded.codec.model.cells is not None:
            return self._know_better(best.chamfer)
        if known is None:
            return self.codecs if self.options.orient else []
        if best.chamfer <= known.median:
            return []
        return [best.coded.codec] if best.chamfer <= known.limit else self.codecs

    def _know_better(self, chamfer: float) -> list[Codec]:
        """The codecs whose models mostly come nearer than cell codes did, if the object is one of theirs."""
        if self.bits > TURNED_BITS:
            return []
        known = [(found.median, codec) for codec in self.codecs if (found := usual(codec.model))]
        near = sorted((one for one in known if one[0] < WORTH * chamfer), key=lambda one: one[0])
        return [codec for _, codec in near[:TURNED_MODELS]]

    def _try(
        self, codecs: Iterable[Codec], points: Float64, *, closely: bool = True
    ) -> tuple[list[_Tried], list[InputError]]:
        """What each codec makes of a cloud, and the errors of those that cannot.

        closely: whether the distances are those of all points, where coding has measured thinned clouds.
        """
        tried, errors = [], []
        for codec in codecs:
            try:
                coded = codec.code(points)
            except InputError as error:
                errors.append(error)
                continue
            chamfer = None if closely else coded.chamfer
            if self.options.complete:
                chamfer = one_way(points, coded.restore())
            elif chamfer is None:
                chamfer = coded.evaluate(points, pose=coded.is_turned).chamfer
            tried.append(_Tried(coded, chamfer, self.options.max_chamfer is not None))
        return tried, errors


class _Tried(NamedTuple):
    """What a codec made of a cloud.

    chamfer: of all its points; one way where it is completed. by_bits: whether the fewest bits are best.
    """

    coded: Coded
    chamfer: float
    by_bits: bool


def _cost(tried: _Tried) -> float:
    """What is least where a code is best; a rotation must be worth its bytes."""
    turned = tried.coded.is_turned
    if tried.by_bits:
        return tried.coded.bits + 8 * ROTATION_BYTES * turned + min(tried.chamfer, 1)
    return tried.chamfer / WORTH if turned else tried.chamfer


def encoder(model: Any, options: Options, *, device: str = "cpu") -> Encoder:
    """What encodes with a model that is named as for `Codec`, or with "auto"."""
    if isinstance(model, str) and model == AUTO:
        return Auto(options, device=device)
    return Codec.with_options(model, options, device=device)


def _has_table(entry: zoo.Entry) -> bool:
    return entry.description is not None and entry.description.entropy_components > 0


def _length(model: ModelDescription | None, bits: int | None) -> int | None:
    """The longest code of at most so many bits that a model of clouds has; 0 for none.

    bits: None for any, where a model of nested codes can choose.
    """
    if model is None or not modality_of(model).has_points:
        return 0
    if bits is None:
        return None if model.lengths.nested else 0
    if bits % 8:
        return bits  # which the codec refuses, and says why
    longest = min(bits, model.lengths.longest)
    return longest if longest in model.lengths else 0
