"""The files that hold grey images."""

from __future__ import annotations

from typing import Any, BinaryIO

from pcbin.formats.images import FORMATS, WRITTEN, find_format, image_format, read_picture, write_image
from pcbin.modalities.base import AS_IT_IS, Files, Item, OutputFormat, Path, Reading, Source
from pcbin.modalities.evaluations import PIXEL_BITS
from pcbin.models.model import Model


class ImageFiles(Files):
    kind = "image file"

    def recognises(self, path: Path, format: str | None = None) -> bool:
        return find_format(path, format) is not None

    def wants(self, path: Path, format: str | None) -> bool:
        found = find_format(path)
        return found is not None and (format is None or found == image_format("", format=format))

    def read(self, source: Source, reading: Reading = AS_IT_IS, *, model: Model | None = None) -> Item:
        picture = read_picture(source, format=reading.format)
        height, width = picture.pixels.shape
        return Item(
            picture.pixels,
            raw_bits=PIXEL_BITS * height * width,
            size={"height": height, "width": width},
            lost=picture.dropped,
            notes=picture.notes,
            facts={"dropped": list(picture.dropped), "notes": list(picture.notes)},
        )

    def output(self, path: Path, format: str | None = None) -> OutputFormat:
        found = image_format(path, format=format, writing=True)
        return OutputFormat(found.name, found.suffixes[0], False)

    @property
    def default(self) -> OutputFormat:
        return self.output("", "png")

    @property
    def written(self) -> str:
        return WRITTEN

    @property
    def suffixes(self) -> set[str]:
        return {suffix for one in FORMATS.values() for suffix in one.suffixes}

    def write(self, file: BinaryIO, decoded: Any, format: OutputFormat) -> None:
        write_image(file, decoded, format.name)
