"""What pcbin codes: point clouds and grey images.

A modality knows how one kind of object is prepared, encoded, restored, compared, read, written and spoken of.
It is chosen once, from the model (`modality_of`) or from a file's name (`modality_of_file`); whoever holds
one asks no further. A new kind of object is a new module here.
"""

from __future__ import annotations

from collections.abc import Iterator

from pcbin.errors import InputError
from pcbin.modalities.base import Item, Modality, OutputFormat, Path, Rate, Reading
from pcbin.models.description import ModelDescription
from pcbin.models.model import Model

__all__ = [
    "Item",
    "Modality",
    "OutputFormat",
    "Rate",
    "Reading",
    "modality_of",
    "modality_of_file",
    "output_of",
]


def modality_of(model: Model | ModelDescription) -> Modality:
    """What a model codes, by itself or by its description."""
    if model.image is None:
        from pcbin.modalities.clouds import CLOUDS

        return CLOUDS
    from pcbin.modalities.images import IMAGES

    return IMAGES


def modality_of_file(path: Path, format: str | None = None) -> Modality | None:
    """What a file of this name, or of the format called `format`, holds; None where nobody knows it.

    A plugin may read clouds from, say, a .tif: what is a cloud to one of the readers is a cloud.
    """
    return next((one for one in _all() if one.files.recognises(path, format)), None)


def output_of(path: Path, format: str | None = None) -> tuple[Modality, OutputFormat]:
    """The format called `format`, else that of the suffix, to write, and what it is a format of.

    Raises InputError where it is unknown, or cannot be written.
    """
    found = modality_of_file(path, format)
    if found is not None:
        return found, found.files.output(path, format)
    clouds, images = _all()
    try:
        return clouds, clouds.files.output(path, format)
    except InputError as error:
        raise InputError(f"{error}; for images: {images.files.written}") from None


def _all() -> Iterator[Modality]:
    """Each imported when it is come to: who has a cloud needs no images."""
    from pcbin.modalities.clouds import CLOUDS

    yield CLOUDS
    from pcbin.modalities.images import IMAGES

    yield IMAGES
