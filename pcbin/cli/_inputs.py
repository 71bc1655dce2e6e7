"""The objects that `encode` and `eval` read: files of the kind that the model codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click
from click.core import ParameterSource

from pcbin._words import article
from pcbin.cli._globs import Globs
from pcbin.cli._paths import Found, gather
from pcbin.codec import Codec, Encoder
from pcbin.errors import InputError
from pcbin.modalities import Item, Modality, Reading, modality_of_file
from pcbin.modalities.clouds import CLOUDS
from pcbin.models.model import Model

CLOUDS_ONLY = ("samples", "sampling", "max_chamfer", "array", "drop_nan", "orient", "outliers", "complete")
"""Options that promise what cannot be done without points; --no-pose and --seed are true of any object."""


@dataclass(frozen=True)
class Inputs:
    """What `model` is to code, and how it is read."""

    model: Model
    modality: Modality
    reading: Reading
    chosen: bool = True
    """Whether the model is the one that was asked for; else it is the first of several that are tried."""

    @classmethod
    def of(cls, encoder: Encoder, reading: Reading) -> Inputs:
        """Raises UsageError for options that the encoder's objects cannot have, InputError for the format of
        another kind of object."""
        model = encoder.model
        chosen = isinstance(encoder, Codec)
        inputs, format = cls(model, encoder.modality, reading, chosen), reading.format
        context = click.get_current_context(silent=True)
        for name in CLOUDS_ONLY if not encoder.modality.has_points else ():
            if context and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(
                    f"--{name.replace('_', '-')} is for clouds, and model {model.name} codes "
                    f"{encoder.modality.noun}s; omit it"
                )
        if format is not None:
            found = modality_of_file("--format", format)
            if found is None:
                CLOUDS.files.recognise("--format", format)  # says which formats there are
            elif found is not encoder.modality:
                raise inputs._foreign(f"--format {format}", f"a format of {found.noun}s", found)
        return inputs

    def gather(self, inputs: Sequence[str], globs: Globs) -> list[Found]:
        """All inputs, folders searched. Raises InputError where there is none, and what there is instead."""
        files = self.modality.files
        try:
            return gather(inputs, lambda path: files.wants(path, self.reading.format), files.kind, globs)
        except InputError:
            for folder in filter(Path.is_dir, map(Path, inputs)):
                for path in sorted(folder.rglob("*")):
                    if globs.take(path.relative_to(folder).as_posix()):
                        self._check_kind(path)
            raise

    def read(self, source: Path | BinaryIO) -> Item:
        """Raises InputError."""
        if isinstance(source, Path):
            self._check_kind(source)
        return self.modality.files.read(source, self.reading, model=self.model)

    def _check_kind(self, path: Path) -> None:
        """Raises InputError for a file of another kind."""
        found = modality_of_file(path) if self.reading.format is None else None
        if found is not None and found is not self.modality:
            raise self._foreign(str(path), article(found.described), found)

    def _foreign(self, where: str, what: str, found: Modality) -> InputError:
        coder = f"model {self.model.name} codes" if self.chosen else "the models that are tried code"
        return InputError(
            f"{where}: {what}, and {coder} {self.modality.coded_by(self.model)}; "
            f"pass a model of {found.noun}s with --model (see `pcbin models list`)"
        )
