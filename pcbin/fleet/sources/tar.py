"""Tars of files of one object each, WebDataset's among them: read from front to back."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from typing import Any

from pcbin.errors import InputError, PcbinError
from pcbin.fleet.places import Entry, Place
from pcbin.fleet.sources import Fields, Part, Row
from pcbin.fleet.sources.files import Named
from pcbin.modalities import Modality

MAX_MEMBER = 2**30
"""A larger member is refused: it would fill the memory."""


def parts(place: Place, entry: Entry, size: int, fields: Fields) -> list[Part] | None:
    """One: a tar has no index."""
    return [Part("tar", (entry,))]


def rows(place: Place, part: Part, fields: Fields, modality: Modality, model: Any) -> Iterator[Row]:
    """One a member that is named like an object; labels and the like, which lie beside them, are passed over.

    Raises InputError for what is no tar.
    """
    [entry] = part.files
    where, number, end = place.path(entry.name), 0, 0
    try:
        with place.open(entry) as file, tarfile.open(fileobj=file, mode="r|*") as tar:
            for member in tar:
                end = member.offset_data + -(-member.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
                name = member.name
                if not member.isfile() or not modality.files.recognises(name, fields.reading.format):
                    continue
                try:
                    data = _content(tar, member)
                    item = modality.files.read(Named(data, name), fields.reading, model=model)
                except PcbinError as error:
                    yield Row(number, name, None, error)
                else:
                    yield Row(number, name, item.array)
                number += 1
        if entry.name.lower().endswith(".tar") and entry.size < end + tarfile.BLOCKSIZE:
            raise InputError(f"{where}: a tar that ends too early; copy it again")  # tarfile says nothing
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise InputError(f"{where}: not a sound tar ({error}); copy it again") from None


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > MAX_MEMBER:
        raise InputError(f"{member.name}: more than {MAX_MEMBER:,} bytes; leave it out")
    content = tar.extractfile(member)
    return b"" if content is None else content.read()
