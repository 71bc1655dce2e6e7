"""Images through the codec, for `encode` and `eval`."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import click
from click.core import ParameterSource

from pcbin.arrays import Grey, as_image
from pcbin.cli.coding import Coded, Coder
from pcbin.cli.measures import IMAGES
from pcbin.codec import Codec
from pcbin.errors import InputError
from pcbin.evaluation import ImageEvaluation, evaluate_image
from pcbin.formats.images import Picture, find_format, image_format, read_picture

CLOUDS_ONLY = ("samples", "sampling", "max_chamfer")
"""Options that promise what nobody can do to an image; --no-pose and --seed are true of any."""


@dataclass(frozen=True)
class CodedImage(Coded):
    picture: Picture

    @property
    def raw_bits(self) -> int:
        return 8 * self.picture.pixels.size

    @property
    def size(self) -> dict[str, int]:
        height, width = self.picture.pixels.shape
        return {"height": height, "width": width}

    @property
    def facts(self) -> dict[str, Any]:
        return {"dropped": list(self.picture.dropped), "notes": list(self.picture.notes)}

    @property
    def lost(self) -> tuple[str, ...]:
        return self.picture.dropped

    def notes(self) -> list[str]:
        return list(self.picture.notes)

    @cached_property
    def decoded(self) -> tuple[Grey, float]:
        began = time.perf_counter()
        image = next(self.codec.images(self.codes))
        return image, time.perf_counter() - began

    def evaluation(self, data: bytes | None = None) -> ImageEvaluation:
        """Of an image in an archive the rate of its code is known, and no size of a file."""
        found = evaluate_image(self.picture.pixels, self.decoded[0], data=data)
        bits = self.codec.model.bits
        rate, ratio = bits / self.picture.pixels.size, self.raw_bits / bits
        return replace(found, payload_bits=bits, bpp=rate, payload_ratio=ratio)


@dataclass(frozen=True)
class ImageCoder(Coder):
    measures = IMAGES
    raw = "the pixels as 8-bit grey values"
    kind = "image file"

    @classmethod
    def of(cls, codec: Codec, format: str | None) -> ImageCoder:
        """Raises UsageError where the command line has options that only clouds have."""
        coder = cls(codec, format, False)
        context = click.get_current_context(silent=True)
        for name in CLOUDS_ONLY:
            if context and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
                raise click.UsageError(
                    f"--{name.replace('_', '-')} is for clouds, and model {codec.model.name} codes images; "
                    "leave it away"
                )
        if format is not None and find_format("", format) is None:
            from pcbin.formats.clouds import format_of

            format_of("--format", format=format)  # or it is no format at all
            raise coder._error(f"--format {format}", "a format of clouds")
        return coder

    def wants(self, path: Path) -> bool:
        found = find_format(path)
        return found is not None and (self.format is None or found == image_format("", format=self.format))

    def foreign(self, path: Path) -> InputError | None:
        if self.format is not None or find_format(path) is not None:
            return None
        from pcbin.cli.clouds import is_cloud

        return self._error(str(path), "a point cloud") if is_cloud(path) else None

    def _error(self, where: str, what: str) -> InputError:
        height, width = self.codec.model.image or (0, 0)
        return InputError(
            f"{where}: {what}, and model {self.codec.model.name} codes images of {height} x {width} pixels; "
            "pass a model of clouds with --model (see `pcbin models list`)"
        )

    def code(self, source: Path | BinaryIO) -> CodedImage:
        if isinstance(source, Path) and (error := self.foreign(source)):
            raise error
        picture = read_picture(source, format=self.format)
        name = str(source) if isinstance(source, Path) else "image"
        image = as_image(picture.pixels, self.codec.model.image, what=name)
        began = time.perf_counter()
        codes = self.codec.image_codes([image])
        return CodedImage(self.codec, codes, time.perf_counter() - began, picture)
