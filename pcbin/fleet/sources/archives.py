"""`.pcb` files: their objects, decoded, to be encoded anew by another model or in another number of bits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pcbin.archive import Archive
from pcbin.errors import FormatError, InputError, ModelNotFound
from pcbin.fleet.places import Entry, Place
from pcbin.fleet.sources import Fields, Part, Row, cut
from pcbin.formats.names import text_of
from pcbin.modalities import Modality

BATCH = 64
"""Objects that are decoded together."""


def parts(place: Place, entry: Entry, size: int, fields: Fields) -> list[Part] | None:
    """Of `size` objects each; no model is needed. A damaged file is a part, whose task says what is wrong."""
    try:
        with place.open(entry) as file, Archive(file) as archive:
            return cut("archives", entry, len(archive), size)
    except FormatError:
        return [Part("archives", (entry,))]


def rows(place: Place, part: Part, fields: Fields, modality: Modality, model: Any) -> Iterator[Row]:
    """One an object, where its pose has it. Damage, and a model that is not installed, end the part."""
    [entry] = part.files
    where = place.path(entry.name)
    try:
        with place.open(entry) as file, Archive(file) as archive:
            if part.stop is None or len(archive) < part.stop:
                raise InputError(f"{where}: changed while it was read; start again")
            for first in range(part.first, part.stop, BATCH):
                stop = min(first + BATCH, part.stop)
                records = [archive.record(number) for number in range(first, stop)]
                objects = archive.restore(records)
                for number, record, one in zip(range(first, stop), records, objects, strict=True):
                    name = record.metadata.get("name")
                    yield Row(number, text_of(name) if isinstance(name, str | bytes) else None, one)
    except (FormatError, ModelNotFound) as error:
        raise InputError(f"{where}: {error}") from None
