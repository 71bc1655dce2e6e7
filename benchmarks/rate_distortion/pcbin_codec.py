"""pcbin itself, through its public functions: one model at each effort, and the default command."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import pcbin
from pcbin.arrays import Float32
from pcbin.auto import Auto
from pcbin.coding.options import Options
from pcbin.errors import InputError, ModelNotFound
from pcbin.formats import pcb
from pcbin.models import zoo

from .progress import Progress
from .scheme import Code, Kind

CELLS = "cells"
"""The model of cell codes, whose lengths are budgets."""


class Pcbin:
    """One model at one effort; its settings are the lengths of the code that the model has."""

    kind: Kind = "pcbin"
    container = ".pcb file of one cloud without pose: header, model's identity, code, checksum"

    def __init__(
        self, model: str, bits: Sequence[int], effort: int, progress: Progress, *, pack: bool = False
    ) -> None:
        self._pack = pack
        what = "pcbin, packed" if pack else f"pcbin, {model}" if model == CELLS else "pcbin"
        self.name = f"{what}, effort {effort}"
        self._model_bytes = zoo.find(model).stat().st_size
        self._codecs: dict[int, pcbin.Codec] = {}
        for length in sorted(set(bits)):
            try:
                self._codecs[length] = pcbin.Codec(model, bits=length, effort=effort, pack=pack, warn=False)
            except InputError as error:
                progress.say(f"{self.name}: {length} bits skipped: {error}")
        self.settings = tuple(self._codecs)

    def label(self, setting: int) -> str:
        return f"at most {setting} bits" if self._pack else f"{setting} bits"

    def encode(self, cloud: Float32, setting: int) -> Code:
        coded = self._codecs[setting].code(cloud)
        return Code(coded.pack(pose=False), coded.payload_bits)

    def decode(self, data: bytes, setting: int) -> Float32:
        points: Float32 = np.asarray(self._codecs[setting].decode(data), np.float32)
        return points

    def table_bytes(self, setting: int) -> int:
        return self._model_bytes


class Default:
    """The default command: for each cloud whichever installed model is best, at most so many bits."""

    name = "pcbin, default command"
    kind: Kind = "pcbin"
    container = Pcbin.container

    def __init__(self, bits: Sequence[int], progress: Progress) -> None:
        self._encoders: dict[int, Auto] = {}
        for length in sorted(set(bits)):
            try:
                self._encoders[length] = Auto(Options(bits=length, warn=False))
            except ModelNotFound as error:
                progress.say(f"{self.name}: {length} bits skipped: {error}")
        self.settings = tuple(self._encoders)

    def label(self, setting: int) -> str:
        return f"at most {setting} bits"

    def encode(self, cloud: Float32, setting: int) -> Code:
        data = self._encoders[setting].encode(cloud, pose=False)
        return Code(data, pcb.peek(data).code_bits)

    def decode(self, data: bytes, setting: int) -> Float32:
        points: Float32 = np.asarray(pcbin.decompress(data), np.float32)
        return points

    def table_bytes(self, setting: int) -> int:
        models = {codec.model.name for codec in self._encoders[setting].codecs}
        return sum(zoo.find(name).stat().st_size for name in models)
