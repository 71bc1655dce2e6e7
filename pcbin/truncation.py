"""Shorter codes from longer ones.

A prefix of a nested code is a code, and no network is run. A cell code is decoded, and what it decodes to is
coded anew: cruder cells are not a prefix of finer ones.
"""

from __future__ import annotations

import os
from io import BytesIO
from typing import BinaryIO

import numpy as np

from pcbin.errors import InputError, ModelNotFound
from pcbin.formats import pcb
from pcbin.models import zoo
from pcbin.models.description import ModelDescription

BATCH_SIZE = 4096
"""Clouds of an archive that are copied in one step."""


def truncate(data: bytes | bytearray | memoryview, bits: int, *, check: bool = True) -> bytes:
    """The bytes of a .pcb file, single or archive, with the first `bits` bits of each code.

    Poses and metadata stay as they are; codes that were entropy coded are stored plainly.

    Args:
        data: The file.
        bits: The new length, a multiple of 8.
        check: Ask the installed models whether the codes are nested; the prefix of a code that is not nested
            decodes to nothing useful.

    Raises:
        InputError: The codes do not have this length.
        ModelNotFound: The model must be asked and is not installed.
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
    if reader.mixed:
        raise InputError(
            "archive: its codes differ in length or are of several models; take its objects out "
            "(`pcbin decode`) and encode them with fewer bits"
        )
    if _is_of_cells(header.model_id):
        _copy_cells(reader, out, bits)
        return
    if check:
        _check_nested(header.model_id, bits)
    if reader.single is not None:
        single = reader.single
        out.write(pcb.dumps(single.code[:bits], header.model_id, pose=single.pose, metadata=single.metadata))
        return
    writer = pcb.ArchiveWriter(
        out,
        model_id=header.model_id,
        code_bits=bits,
        pose=header.pose,
        metadata=reader.metadata,
        rotated=header.rotated,
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


def _is_of_cells(model_id: bytes) -> bool:
    entry = zoo.entry_of(model_id)
    return entry is not None and entry.description is not None and entry.description.cells is not None


def _copy_cells(reader: pcb.ArchiveReader, out: BinaryIO, bits: int) -> None:
    """Codes what each cell code decodes to with fewer bits."""
    from pcbin.codec import Codec
    from pcbin.coding.cell_search import best

    codec = Codec.with_options(reader.header.model_id)
    assert reader.single is not None  # an archive of cell codes is a mixed one
    single = reader.single
    codes = np.frombuffer(pcb.code_to_bytes(single.code), np.uint8)[None]
    [cloud] = codec.model.decode(codes)
    code, _ = best(codec.model, cloud, bits=bits, effort=codec.options.level)
    out.write(
        pcb.dumps(
            pcb.code_from_bytes(code.tobytes()),
            reader.header.model_id,
            pose=single.pose,
            metadata=single.metadata,
        )
    )


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
