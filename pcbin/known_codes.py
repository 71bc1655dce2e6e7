"""The codes of files, where they can be compared bit by bit: all of one model and one length."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import BinaryIO, NamedTuple

import numpy as np

from pcbin.archive import Archive
from pcbin.arrays import Codes
from pcbin.errors import InputError, ModelMismatch
from pcbin.formats import pcb
from pcbin.models import zoo


class Known(NamedTuple):
    """Codes of one model."""

    model_id: bytes
    """The 8 bytes by which files name it."""
    codes: Codes
    """(n, K / 8)"""

    @property
    def bits(self) -> int:
        """K, the length of each code."""
        return 8 * int(self.codes.shape[1])


def known(source: str | os.PathLike[str] | BinaryIO) -> Known:
    """The codes of a .pcb file, or of a binary stream that can be sought; no model is needed.

    Raises:
        ModelMismatch: They are of several models or lengths.
        InputError: There are none, or they are cell codes, whose bits have no places of their own.
        FormatError: The file is damaged.
    """
    name = os.fspath(source) if isinstance(source, str | os.PathLike) else "the archive"
    with Archive(source) as archive:
        model_id = archive.model_id
        if archive.mixed:
            kinds = {(one.model_id or model_id, len(one.code)) for one in archive.records()}
        else:
            kinds = {(model_id, archive.bits)}
        for one in sorted(kinds):
            need_places(one[0], name)
        if len(kinds) > 1:
            listed = ", ".join(f"{found.hex()} ({bits} bits)" for found, bits in sorted(kinds))
            raise ModelMismatch(
                f"{name}: codes of several models or lengths, {listed}; encode the objects with one model "
                "and one number of bits"
            )
        if not len(archive):
            raise InputError(f"{name}: an archive without codes; name one that has some")
        if not archive.mixed:
            return Known(model_id, archive.codes())
        codes = [pcb.code_to_bytes(one.code) for one in archive.records()]
        [(found, bits)] = kinds
        return Known(found, np.frombuffer(b"".join(codes), np.uint8).reshape(len(codes), bits // 8))


def joined(parts: Iterable[tuple[str, Known]]) -> Known:
    """The codes of several files, which have names, in one array.

    Raises:
        ModelMismatch: They are not of one model and one length.
    """
    named = list(parts)
    first_name, first = named[0]
    for name, one in named[1:]:
        if (one.model_id, one.bits) != (first.model_id, first.bits):
            raise ModelMismatch(
                f"{name}: codes of model {one.model_id.hex()} ({one.bits} bits), those of {first_name} are "
                f"of {first.model_id.hex()} ({first.bits} bits); encode both with one model and one number "
                "of bits"
            )
    return Known(first.model_id, np.concatenate([one.codes for _, one in named]))


def need_places(model_id: bytes, name: str) -> None:
    """Raises InputError for cell codes, where the model is installed that tells."""
    entry = zoo.entry_of(model_id)
    if entry is not None and entry.is_of_cells:
        raise InputError(
            f"{name}: cell codes of model {entry.name}, whose bits have no places of their own to compare; "
            "encode with a model of global codes, such as chair or objects"
        )
