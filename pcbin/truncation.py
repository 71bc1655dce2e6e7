"""Shorter codes from longer ones.

A prefix of a nested code is a code, and no network is run. A cell code is decoded, and what it decodes to is
coded anew: cruder cells are not a prefix of finer ones. In an archive of mixed codes each is cut by the rule
of its own model.
"""

from __future__ import annotations

import os
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from pcbin.errors import InputError, ModelNotFound
from pcbin.formats import pcb
from pcbin.models import zoo
from pcbin.models.description import ModelDescription

if TYPE_CHECKING:
    from bitarray import bitarray

    from pcbin.codec import Codec

BATCH_SIZE = 4096
"""Clouds of an archive that are copied in one step."""


def truncate(data: bytes | bytearray | memoryview, bits: int, *, check: bool = True) -> bytes:
    """The bytes of a .pcb file, single or archive, with the first `bits` bits of each code.

    Cell codes are coded anew, from what they decode to, in at most so many bits. Codes that have no more bits
    than that, poses and metadata stay as they are; codes that were entropy coded are stored plainly.

    Args:
        data: The file.
        bits: The new length, a multiple of 8; of mixed codes the most that one has.
        check: Ask the installed models whether the codes are nested; the prefix of a code that is not nested
            decodes to nothing useful.

    Raises:
        InputError: The codes, or one of mixed ones, do not have this length.
        ModelNotFound: A model must be asked and is not installed.
        FormatError: The data are damaged; its kinds say how.
    """
    out = BytesIO()
    truncate_file(BytesIO(pcb.view_of(data)), out, bits, check=check)
    return out.getvalue()


def truncate_file(
    source: str | os.PathLike[str] | BinaryIO, out: BinaryIO, bits: int, *, check: bool = True
) -> int:
    """As `truncate`, from a path or a seekable file to a binary file; how many codes it was."""
    with pcb.ArchiveReader(source, table=zoo.entropy_table) as reader:
        _copy(reader, out, bits, check=check)
        return len(reader)


def _copy(reader: pcb.ArchiveReader, out: BinaryIO, bits: int, *, check: bool) -> None:
    header = reader.header
    if type(bits) is not int or bits % 8 or not 8 <= bits <= header.code_bits:
        raise InputError(
            f"bits = {bits!r}; these codes have {header.code_bits}: use a multiple of 8 up to that"
        )
    if reader.single is not None:
        single = reader.single
        code = _Cut(bits, check=check)(single.code, single.model_id)
        out.write(pcb.dumps(code, single.model_id, pose=single.pose, metadata=single.metadata))
        return
    if reader.mixed or _is_of_cells(header.model_id):
        _copy_mixed(reader, out, _Cut(bits, check=check))
        return
    if check:
        _check_nested(header.model_id, bits)
    writer = pcb.ArchiveWriter(
        out,
        model_id=header.model_id,
        code_bits=bits,
        pose=header.pose,
        metadata=reader.metadata,
        rotated=header.rotated,
        hashes=list(reader.hashes.values()),
    )
    with writer:
        for start in range(0, len(reader), BATCH_SIZE):
            stop = min(start + BATCH_SIZE, len(reader))
            centers, scales = reader.poses(start, stop) or (None, None)
            metadata = [record.metadata for record in reader[start:stop]]
            writer.add_many(
                reader.codes(start, stop)[:, : bits // 8],
                centers,
                scales,
                metadata if any(metadata) else None,
                reader.rotations(start, stop),
            )


def _copy_mixed(reader: pcb.ArchiveReader, out: BinaryIO, cut: _Cut) -> None:
    """Copies an archive cloud by cloud."""
    header = reader.header
    writer = pcb.ArchiveWriter(
        out,
        model_id=header.model_id,
        code_bits=cut.bits,
        pose=header.pose,
        metadata=reader.metadata,
        rotated=header.rotated,
        hashes=list(reader.hashes.values()),
        mixed=True,
    )
    with writer:
        for row, record in enumerate(reader):
            try:
                code = cut(record.code, record.model_id or header.model_id)
            except (InputError, ModelNotFound) as error:
                raise type(error)(f"cloud {row}: {error}") from error
            writer.add(replace(record, code=code))


class _Cut:
    """Cuts codes to at most so many bits, each by the rule of its model. check: as for `truncate`."""

    def __init__(self, bits: int, *, check: bool) -> None:
        self.bits = bits
        self._check = check
        self._codecs: dict[bytes, Codec | None] = {}

    def __call__(self, code: bitarray, model_id: bytes) -> bitarray:
        """Raises InputError where the model has no such codes, ModelNotFound where it must be asked."""
        if len(code) <= self.bits:
            return code
        if model_id not in self._codecs:
            self._codecs[model_id] = self._asked(model_id)
        codec = self._codecs[model_id]
        return code[: self.bits] if codec is None else self._coded_anew(code, codec)

    def _asked(self, model_id: bytes) -> Codec | None:
        """The codec that codes anew; None where a prefix of a code is a code."""
        if _is_of_cells(model_id):
            from pcbin.codec import Codec

            return Codec.with_options(model_id)
        if self._check:
            _check_nested(model_id, self.bits)
        return None

    def _coded_anew(self, code: bitarray, codec: Codec) -> bitarray:
        from pcbin.coding.cell_search import best

        [cloud] = codec.model.decode(np.frombuffer(pcb.code_to_bytes(code), np.uint8)[None])
        found, _ = best(codec.model, cloud, bits=self.bits, effort=codec.options.level)
        return pcb.code_from_bytes(found.tobytes())


def _is_of_cells(model_id: bytes) -> bool:
    entry = zoo.entry_of(model_id)
    return entry is not None and entry.is_of_cells


def _check_nested(model_id: bytes, bits: int) -> None:
    entry = zoo.entry_of(model_id)
    if entry is None:
        raise ModelNotFound(
            f"model {model_id.hex()} is not installed, so whether its codes are nested is unknown; "
            "run `pcbin models add FILE`, or skip the check (--unchecked, check=False)"
        )
    name = entry.header.info.get("name", "unnamed")
    lengths = ModelDescription.parse(entry.header.model).lengths
    if not lengths.nested:
        raise InputError(f"model {name}: its codes are not nested; encode again with a model of nested codes")
    if bits < lengths.shortest:
        raise InputError(f"bits = {bits}; codes of model {name} have at least {lengths.shortest}")
