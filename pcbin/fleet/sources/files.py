"""Files of one object each."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pcbin.errors import InputError, PcbinError
from pcbin.fleet.places import Entry, Place
from pcbin.fleet.sources import Fields, Part, Row
from pcbin.modalities import Modality


class Named(io.BytesIO):
    """Bytes with the name of the file that they were in."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


def parts(place: Place, entry: Entry, size: int, fields: Fields) -> list[Part] | None:
    """None: such a file is one object, and many make a part."""
    return None


def rows(place: Place, part: Part, fields: Fields, modality: Modality, model: Any) -> Iterator[Row]:
    """One a file."""
    for number, entry in enumerate(part.files):
        try:
            source: Any = place.local_path(entry)
            if source is None:
                with place.open(entry) as file:
                    source = Named(file.read(), entry.name)
            array = modality.files.read(source, fields.reading, model=model).array
        except PcbinError as error:
            yield Row(number, entry.name, None, error)
        except OSError as error:
            yield Row(number, entry.name, None, InputError(f"{place.path(entry.name)}: {error}; check it"))
        else:
            yield Row(number, entry.name, array)
