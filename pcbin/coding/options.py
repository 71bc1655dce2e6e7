"""What a caller asks of an encoder, checked once: how long codes are, how good, and how long to search."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from pcbin.arrays import ORIENTS, OUTLIERS, SAMPLINGS, Orient, Outliers, Sampling, Up, check_up
from pcbin.coding.effort import DEFAULT_EFFORT, MAX_EFFORT
from pcbin.errors import InputError
from pcbin.models.licences import Licence, only_open
from pcbin.models.model import Model

ROTATION_BYTES = 8
"""Of the rotation of a cloud that was turned, in a file."""
WORTH = 0.95
"""What turning must lower the Chamfer distance to, of what it is without, to be worth these bytes."""


@dataclass(frozen=True)
class Options:
    """How objects are encoded.

    bits: the length of the codes, a multiple of 8 that the model has; None for the model's default.
    effort: 0 (one pass through the encoder) to 9: how long to search for a better code of the same length;
    None for the default effort.
    max_chamfer: in place of `bits`: each cloud gets the shortest code whose Chamfer distance, of the cloud at
    unit bounding-box diagonal, is at most this.
    sampling, seed: how a cloud with more points than the model takes is thinned (`pcbin.arrays.thin`).
    up: which axis of clouds points up; they are turned for the model, for which y does, and turned back.
    warn: whether a PcbinWarning is issued for what is unlike the model's training set.
    licence: "open" refuses models whose weights are not openly licensed; None: as the environment says.
    orient: "auto" turns a cloud to how the model codes it better, where that is worth 8 bytes; "keep" codes
    it as it stands; None turns where there is an effort, and the model says what its own clouds reach.
    outliers: "drop" leaves out points that are far from all others (`pcbin.coding.outliers`); "keep" codes
    all.
    complete: whether clouds are parts of objects, for global codes to complete (`pcbin.coding.complete`).
    pack: `bits` are those of the entropy-coded code, which stands for a longer one (`pcbin.coding.packing`).
    full_hash: whether files that are written name their models by the whole SHA-256, too.

    Raises InputError for values that no model can have.
    """

    bits: int | None = None
    effort: int | None = None
    max_chamfer: float | None = None
    sampling: Sampling = "farthest"
    seed: int = 0
    up: Up = "y"
    warn: bool = True
    licence: Licence | None = None
    orient: Orient | None = None
    outliers: Outliers = "drop"
    complete: bool = False
    pack: bool = False
    full_hash: bool = False

    def __post_init__(self) -> None:
        if self.bits is not None and not _is_whole(self.bits):
            raise InputError(f"bits = {self.bits!r}; use a whole number, a multiple of 8")
        if not _is_whole(self.level) or self.level not in range(MAX_EFFORT + 1):
            raise InputError(f"effort = {self.effort!r}; use a whole number from 0 to {MAX_EFFORT}")
        if self.max_chamfer is not None:
            if self.bits is not None:
                raise InputError("bits and max_chamfer are two ways to choose a length; pass one of them")
            if not _is_number(self.max_chamfer) or not 0 < self.max_chamfer < math.inf:
                raise InputError(f"max_chamfer = {self.max_chamfer!r}; use a number above 0, such as 0.8e-3")
        if self.pack and (self.complete or self.max_chamfer is not None):
            raise InputError("pack fills the bits that are asked for; omit it with complete and max_chamfer")
        if not isinstance(self.sampling, str) or self.sampling not in SAMPLINGS:
            raise InputError(f"sampling: unknown method {self.sampling!r}; use 'farthest' or 'random'")
        check_up(self.up)
        if self.orient is not None and (not isinstance(self.orient, str) or self.orient not in ORIENTS):
            raise InputError(f"orient = {self.orient!r}; use 'auto' or 'keep'")
        if self.complete and self.max_chamfer is not None:
            raise InputError("complete: nothing measures what is added; pass bits in place of max_chamfer")
        if self.complete and self.orient == "auto":
            raise InputError("complete: partial clouds are coded as they stand; omit orient")
        if not isinstance(self.outliers, str) or self.outliers not in OUTLIERS:
            raise InputError(f"outliers = {self.outliers!r}; use 'drop' or 'keep'")
        if not _is_whole(self.seed) or self.seed < 0:
            raise InputError(f"seed = {self.seed!r}; use a whole number from 0 on")
        only_open(self.licence)

    @property
    def level(self) -> int:
        """The effort as a number, also where none was asked for."""
        return DEFAULT_EFFORT if self.effort is None else self.effort

    @property
    def turns(self) -> bool:
        """Whether clouds may be turned."""
        return self.orient == "auto" or (self.orient is None and self.level > 0)

    @property
    def standing(self) -> Options:
        """The same where only an explicit "auto" turns clouds: their poses are not kept, or their codes are
        compared."""
        return replace(self, orient=self.orient or "keep")

    def length(self, model: Model) -> int:
        """The bits of a code under these options. Raises InputError where the model has no such codes."""
        if self.max_chamfer is not None and not model.nested:
            raise InputError(
                f"model {model.name}: its codes have one length, {model.bits} bits; max_chamfer needs a "
                "model of nested codes (see `pcbin models list`)"
            )
        if self.bits is None:
            return model.default_bits
        if self.bits not in model.lengths:
            allowed = (
                f"a multiple of 8 from {model.shortest} to {model.bits}" if model.nested else f"{model.bits}"
            )
            raise InputError(
                f"bits = {self.bits!r}; codes of model {model.name} have {model.lengths}: use {allowed}"
            )
        return int(self.bits)


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_whole(value) or isinstance(value, float | np.floating)
