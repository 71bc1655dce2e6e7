"""The .pcb container: codes of 3D objects, one in a file or up to 2^32 in an archive (spec:
formats/pcb-v1.md).

Bytes of one cloud: `dumps`, `loads`. Archives: `create_archive`, `append_archive`, or an `ArchiveWriter` on
any binary file; `ArchiveReader` for random access; `iter_archive` for pipes. `peek` tells what a file is. No
model is needed.
"""

from pcbin.formats.pcb._chunk import Record
from pcbin.formats.pcb._files import append_archive, create_archive, need_known, sole_writer
from pcbin.formats.pcb._hashes import KEY as HASH_KEY
from pcbin.formats.pcb._hashes import Hashes, in_metadata, of_metadata
from pcbin.formats.pcb._header import Header, peek, view_of
from pcbin.formats.pcb._metadata import pack_map as pack_metadata
from pcbin.formats.pcb._metadata import unpack_map as unpack_metadata
from pcbin.formats.pcb._reader import ArchiveReader
from pcbin.formats.pcb._single import Single, code_from_bytes, code_to_bytes, dumps, loads
from pcbin.formats.pcb._stream import ArchiveStream, iter_archive
from pcbin.formats.pcb._writer import ArchiveWriter

__all__ = [
    "HASH_KEY",
    "ArchiveReader",
    "ArchiveStream",
    "ArchiveWriter",
    "Hashes",
    "Header",
    "Record",
    "Single",
    "append_archive",
    "code_from_bytes",
    "code_to_bytes",
    "create_archive",
    "dumps",
    "in_metadata",
    "iter_archive",
    "loads",
    "need_known",
    "of_metadata",
    "pack_metadata",
    "peek",
    "sole_writer",
    "unpack_metadata",
    "view_of",
]
