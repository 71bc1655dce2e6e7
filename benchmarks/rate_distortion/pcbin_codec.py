"""pcbin itself, through its public functions: one curve an effort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import pcbin
from pcbin.arrays import Float32
from pcbin.errors import InputError
from pcbin.models import zoo

from .progress import Progress
from .scheme import Code, Kind


class Pcbin:
    """One model at one effort; its settings are the lengths of the code that the model has."""

    kind: Kind = "pcbin"
    container = ".pcb file of one cloud without pose: header, model's identity, code, checksum"

    def __init__(self, model: str, bits: Sequence[int], effort: int, progress: Progress) -> None:
        self.name = f"pcbin, effort {effort}"
        self._model_bytes = zoo.find(model).stat().st_size
        self._codecs: dict[int, pcbin.Codec] = {}
        for length in sorted(set(bits)):
            try:
                self._codecs[length] = pcbin.Codec(model, bits=length, effort=effort, warn=False)
            except InputError as error:
                progress.say(f"{self.name}: {length} bits skipped: {error}")
        self.settings = tuple(self._codecs)

    def label(self, setting: int) -> str:
        return f"{setting} bits"

    def encode(self, cloud: Float32, setting: int) -> Code:
        return Code(self._codecs[setting].encode(cloud, pose=False), setting)

    def decode(self, data: bytes, setting: int) -> Float32:
        points: Float32 = np.asarray(self._codecs[setting].decode(data), np.float32)
        return points

    def table_bytes(self, setting: int) -> int:
        return self._model_bytes
