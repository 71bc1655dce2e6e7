"""Files made to harm: giant lengths, broken frames, lying tables, all under right checksums."""

from __future__ import annotations

import io
import struct
import tracemalloc
from collections.abc import Callable
from typing import Any
from zlib import crc32

import msgpack
import numpy as np
import pytest
import zstandard

from pcbin.errors import FormatError, InputError, Limit, PcbinError, Truncated, UnsupportedVersion
from pcbin.formats import pcb
from pcbin.formats.entropy import Table

MODEL = bytes(range(8))
STREAMED = 2**64 - 1
CODES = bytes(range(32))


def single(stored: bytes, *, word: int | None = None) -> bytes:
    body = b"\x89PCB\1\0" + struct.pack("<H", 15 | 1 << 12) + MODEL + bytes(16)
    body += struct.pack("<I", len(stored) if word is None else word) + stored
    return body + struct.pack("<I", crc32(body))


def section(kind: bytes, body: bytes, length: int | None = None) -> bytes:
    data = kind + struct.pack("<Q", len(body) if length is None else length) + body
    return data + struct.pack("<I", crc32(data))


def chunk(*columns: tuple[int, int, bytes], count: int = 2, lengths: tuple[int, ...] = ()) -> bytes:
    body = struct.pack("<IB", count, len(columns))
    for i, (kind, encoding, stored) in enumerate(columns):
        body += struct.pack("<BBI", kind, encoding, lengths[i] if lengths else len(stored))
    return section(b"CHNK", body + b"".join(stored for _, _, stored in columns))


def archive(
    *sections: bytes,
    shape: int = 15 | 1 << 9,
    entries: list[tuple[int, int]] | None = None,
    clouds: int = 2,
    previous: int = 0,
    size: int | None = None,
    committed: int | None = None,
) -> bytes:
    """An archive of these sections, by default with a right index of one chunk of two clouds."""
    body = b"".join(sections)
    at = 36 + len(body)
    entries = [(36, 2)] if entries is None else entries
    index = struct.pack("<QI", previous, len(entries)) + b"".join(struct.pack("<QI", *one) for one in entries)
    body += section(b"INDX", index) + section(b"END ", struct.pack("<QQ", at, clouds))
    size = 36 + len(body) if size is None else size
    head = b"\x89PCB\1\0" + struct.pack("<H", shape) + MODEL
    head += struct.pack("<QQ", size, clouds if committed is None else committed)
    return head + struct.pack("<I", crc32(head)) + body


def read(data: bytes) -> None:
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        reader.verify()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def undeclared(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_content_size=False).compress(data)


def lying(data: bytes, size: int) -> bytes:
    """A frame that declares another content size than it has (8 bytes, so that any fits)."""
    frame = zstd(data)
    header = zstandard.frame_header_size(frame)
    return frame[:4] + bytes([0b1110_0000]) + struct.pack("<Q", size) + frame[header:]


def nested(depth: int) -> bytes:
    return b"\x81\xa1a" + b"\x91" * depth + b"\x90"


GOOD = (1, 0, CODES)


def test_the_builders_build_what_is_read() -> None:
    read(archive(chunk(GOOD)))
    read(single(msgpack.packb({"a": 1})))
    read(archive(section(b"note", b"anything"), chunk(GOOD), section(b"x\0\0\0", b""), entries=[(60, 2)]))
    read(archive(chunk(GOOD), size=STREAMED, committed=STREAMED))


METADATA: dict[str, tuple[bytes, int | None, type[FormatError]]] = {
    "giant stored length": (b"", 0x7FFFFFFF, Limit),
    "length beyond the file": (b"", 1000, Truncated),
    "array of 2^32": (b"\xdd\xff\xff\xff\xff", None, FormatError),
    "map of 2^32": (b"\xdf\xff\xff\xff\xff", None, FormatError),
    "nested giant arrays": (b"\x81\xa1a" + b"\xdd\x00\x01\x00\x00" * 900, None, FormatError),
    "string of 2^32": (b"\x81\xdb\xff\xff\xff\xff", None, FormatError),
    "ext": (b"\x81\xa1a\xc7\x00\x05", None, FormatError),
    "timestamp": (b"\x81\xa1a\xd6\xff\0\0\0\0", None, FormatError),
    "integer key": (b"\x81\x01\x01", None, FormatError),
    "binary key": (b"\x81\xc4\x01a\x01", None, FormatError),
    "not a map": (b"\x90", None, FormatError),
    "trailing bytes": (b"\x80\x80", None, FormatError),
    "nothing": (b"", None, FormatError),
    "invalid utf-8": (b"\x81\xa1a\xa1\xff", None, FormatError),
    "deep": (nested(100_000), None, Limit),
    "65 deep": (nested(63), None, Limit),
    "many strings": (zstd(msgpack.packb({str(k): ["ab"] * 65_000 for k in range(17)})), -1, Limit),
    "zstd bomb": (zstd(b"\xc0" * 2**28), -1, Limit),
    "zstd undeclared": (undeclared(b"\x80"), -1, FormatError),
    "zstd lying small": (lying(bytes(10_000), 1), -1, FormatError),
    "zstd lying large": (lying(b"\x80", 2**24), -1, FormatError),
    "zstd giant": (lying(b"\x80", 2**63), -1, Limit),
    "zstd twice": (zstd(b"\x80") * 2, -1, FormatError),
    "not zstd": (b"\x80", -1, FormatError),
    "too many containers": (zstd(msgpack.packb({"a": [[[]] * 1100] * 1000})), -1, Limit),
}


def test_metadata_at_its_caps() -> None:
    assert pcb.loads(single(nested(62))).metadata["a"]
    pcb.loads(
        single(
            stored := zstd(msgpack.packb({str(k): ["ab"] * 65_000 for k in range(16)})),
            word=len(stored) | 1 << 31,
        )
    )


def test_metadata_of_each_cloud_may_be_as_deep_as_that_of_a_file() -> None:
    deepest: Any = []
    for _ in range(62):
        deepest = [deepest]
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=128) as writer:
        writer.add_many(np.zeros((2, 16), np.uint8), metadata=[{"a": deepest}] * 2)
        with pytest.raises(InputError, match="nested more than 64 deep"):
            writer.add_many(np.zeros((1, 16), np.uint8), metadata=[{"a": [deepest]}])
    for records in (
        pcb.ArchiveReader(io.BytesIO(file.getvalue())),
        pcb.iter_archive(io.BytesIO(file.getvalue())),
    ):
        assert [record.metadata for record in records] == [{"a": deepest}] * 2


def equal_codes(chunks: int) -> bytes:
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=4096, chunk=1024) as writer:
        for _ in range(chunks):
            writer.add_many(np.zeros((1024, 512), np.uint8))
    return file.getvalue()


def test_clouds_that_a_few_bytes_announce(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer stores raw what is beyond the cap, and a reader refuses it."""
    monkeypatch.setattr("pcbin.formats.pcb._limits.FREE_UNPACKED", 2**20)
    data = equal_codes(2)
    assert len(data) < 2000
    assert len(pcb.ArchiveReader(io.BytesIO(data))) == 2048
    data = equal_codes(3)
    assert len(data) > 2**19
    assert pcb.iter_archive(io.BytesIO(data)).skim() == len(pcb.ArchiveReader(io.BytesIO(data))) == 3072
    monkeypatch.setattr("pcbin.formats.pcb._writer.is_too_dense", lambda *numbers: False)
    data = equal_codes(3)
    with pytest.raises(Limit, match="3,072 clouds of 512 bytes"):
        pcb.ArchiveReader(io.BytesIO(data))
    with pytest.raises(Limit, match="more than 128 times as many"):
        pcb.iter_archive(io.BytesIO(data)).skim()


@pytest.mark.parametrize("size", [1, 16])
def test_a_writer_of_many_equal_codes_writes_what_is_read(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small chunks after many compressed ones, up to the cap and beyond."""
    monkeypatch.setattr("pcbin.formats.pcb._limits.FREE_UNPACKED", 2**16)
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=8 * size, chunk=64) as writer:
        writer.add_many(np.zeros((40_000, size), np.uint8))
    read(file.getvalue())
    assert len(list(pcb.iter_archive(io.BytesIO(file.getvalue())))) == 40_000


def test_a_cloud_of_a_byte_counts_for_more() -> None:
    """A list has a line for each, so a few bytes must not announce millions."""
    entries, parts, at = [], [], 36
    for _ in range(17):
        parts.append(chunk((1, 1, zstd(bytes(65_536))), count=65_536))
        entries.append((at, 65_536))
        at += len(parts[-1])
    data = archive(*parts, shape=1 << 9, entries=entries, clouds=17 * 65_536, committed=17 * 65_536)
    assert len(data) < 2000
    with pytest.raises(Limit, match="1,114,112 clouds of 1 bytes"):
        pcb.ArchiveReader(io.BytesIO(data))
    with pytest.raises(Limit, match="clouds of 1 bytes"):
        pcb.iter_archive(io.BytesIO(data)).skim()


def test_entropy_coding_of_far_more_than_its_bytes() -> None:
    """Each bit takes time, however likely it is; a writer takes another encoding."""
    stored = struct.pack("<128I", *[1 << 16] * 128)
    data = archive(chunk((1, 3, stored), count=65_536), entries=[(36, 65_536)], clouds=65_536)
    with pytest.raises(Limit, match="1,048,576 bytes of codes entropy coded in 512"):
        read(data)
    table = Table(np.array([2**24]), np.full((1, 128), 65_535))
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=128, table=table) as writer:
        writer.add_many(np.full((4096, 16), 255, np.uint8))
    read(file.getvalue())


@pytest.mark.parametrize("case", METADATA)
def test_metadata(case: str) -> None:
    stored, word, kind = METADATA[case]
    if word == -1:
        word = len(stored) | 1 << 31
    with pytest.raises(kind, match="byte "):
        pcb.loads(single(stored, word=word))


def planes(count: int, padding: int) -> bytes:
    rows = np.zeros((128, -(-count // 8)), np.uint8)
    rows[0, -1] = padding
    return rows.tobytes()


BIG = 60_000
ARCHIVES: dict[str, tuple[Callable[[], bytes], type[FormatError]]] = {
    "giant section": (lambda: archive(section(b"CHNK", b"", 2**62)), FormatError),
    "giant unknown section": (lambda: archive(section(b"junk", b"", 2**63), chunk(GOOD)), FormatError),
    "giant index": (lambda: archive(chunk(GOOD), section(b"INDX", b"", 12 + 12 * 2**32)), Truncated),
    "unknown section": (
        lambda: archive(section(b"JUNK", b""), chunk(GOOD), entries=[(52, 2)]),
        UnsupportedVersion,
    ),
    "section type 0": (
        lambda: archive(section(bytes(4), b""), chunk(GOOD), entries=[(52, 2)]),
        UnsupportedVersion,
    ),
    "metadata out of place": (
        lambda: archive(chunk(GOOD), section(b"META", b"\0\x80")),
        FormatError,
    ),
    "metadata announced, not there": (lambda: archive(chunk(GOOD), shape=15 | 1 << 9 | 1 << 12), FormatError),
    "unknown codec": (
        lambda: archive(
            section(b"META", b"\2\x80"), chunk(GOOD), shape=15 | 1 << 9 | 1 << 12, entries=[(54, 2)]
        ),
        UnsupportedVersion,
    ),
    "count 0": (lambda: archive(chunk((1, 0, b""), count=0)), Limit),
    "count 65,537": (lambda: archive(chunk((1, 1, zstd(bytes(65_537 * 16))), count=65_537)), Limit),
    "no column": (lambda: archive(chunk()), FormatError),
    "no codes": (lambda: archive(chunk((3, 0, b"\x92\xc0\xc0"))), FormatError),
    "column twice": (lambda: archive(chunk(GOOD, GOOD)), FormatError),
    "columns out of order": (lambda: archive(chunk((3, 0, b"\x92\xc0\xc0"), GOOD)), FormatError),
    "unknown column": (lambda: archive(chunk(GOOD, (5, 0, b""))), UnsupportedVersion),
    "five columns": (lambda: archive(chunk(GOOD, GOOD, GOOD, GOOD, GOOD)), UnsupportedVersion),
    "unknown encoding": (lambda: archive(chunk((1, 5, CODES))), UnsupportedVersion),
    "entropy coding in a header": (
        lambda: archive(chunk(GOOD), shape=15 | 1 << 9 | 1 << 13),
        UnsupportedVersion,
    ),
    "longer than raw": (lambda: archive(chunk((1, 3, CODES + b"\0"))), FormatError),
    "poses in entropy coding": (
        lambda: archive(chunk(GOOD, (2, 3, bytes(32))), shape=15 | 1 << 9 | 1 << 10),
        UnsupportedVersion,
    ),
    "metadata in planes": (lambda: archive(chunk(GOOD, (3, 2, b"\x92\xc0\xc0"))), UnsupportedVersion),
    "poses not announced": (lambda: archive(chunk(GOOD, (2, 0, bytes(32)))), FormatError),
    "poses missing": (lambda: archive(chunk(GOOD), shape=15 | 1 << 9 | 1 << 10), FormatError),
    "short codes": (lambda: archive(chunk((1, 0, CODES[:31]))), FormatError),
    "column beyond the chunk": (lambda: archive(chunk((1, 0, CODES[:31]), lengths=(32,))), FormatError),
    "bytes behind the columns": (lambda: archive(chunk((1, 0, CODES + b"\0"), lengths=(32,))), FormatError),
    "giant column": (lambda: archive(chunk(GOOD, (3, 0, b""), lengths=(32, 2**32 - 1))), Limit),
    "compressed longer than raw": (lambda: archive(chunk((1, 1, zstd(CODES)))), FormatError),
    "too few bytes in zstd": (lambda: archive(chunk((1, 1, zstd(bytes(31))))), FormatError),
    "codes bomb": (lambda: archive(chunk((1, 1, lying(bytes(8), 2**40)))), FormatError),
    "planes with padding": (
        lambda: archive(chunk((1, 2, zstd(planes(9, 2))), count=9), entries=[(36, 9)], clouds=9),
        FormatError,
    ),
    "fewer maps than clouds": (lambda: archive(chunk(GOOD, (3, 0, b"\x91\xc0"))), FormatError),
    "maps that are none": (lambda: archive(chunk(GOOD, (3, 0, b"\x92\xc0\x90"))), FormatError),
    "infinite pose": (
        lambda: archive(
            chunk(GOOD, (2, 0, struct.pack("<8f", 0, 0, 0, 1, 0, 0, 0, float("inf")))),
            shape=15 | 1 << 9 | 1 << 10,
        ),
        FormatError,
    ),
    "index beyond the file": (lambda: archive(chunk(GOOD), entries=[(2**40, 2)]), FormatError),
    "index before the sections": (lambda: archive(chunk(GOOD), entries=[(16, 2)]), FormatError),
    "index into a chunk": (lambda: archive(chunk(GOOD), entries=[(40, 2)]), FormatError),
    "index not increasing": (
        lambda: archive(chunk(GOOD), chunk(GOOD), entries=[(95, 2), (36, 2)], clouds=4),
        FormatError,
    ),
    "index that lists one twice": (
        lambda: archive(chunk(GOOD), entries=[(36, 2), (36, 2)], clouds=4),
        FormatError,
    ),
    "index that leaves one out": (lambda: archive(chunk(GOOD), chunk(GOOD)), FormatError),
    "index of wrong counts": (lambda: archive(chunk(GOOD), entries=[(36, 3)], clouds=3), FormatError),
    "index of giant counts": (lambda: archive(chunk(GOOD), entries=[(36, BIG * 2)], clouds=BIG * 2), Limit),
    "index of no clouds": (lambda: archive(chunk(GOOD), entries=[(36, 0)], clouds=0), Limit),
    "index before itself": (lambda: archive(chunk(GOOD), previous=STREAMED), FormatError),
    "index before that is none": (lambda: archive(chunk(GOOD), previous=36, entries=[]), FormatError),
    "end of other clouds": (lambda: archive(chunk(GOOD), clouds=3), FormatError),
    "commit of other clouds": (lambda: archive(chunk(GOOD), committed=3), FormatError),
    "commit of too many clouds": (lambda: archive(chunk(GOOD), committed=2**32 + 1), Limit),
    "commit of a giant size": (lambda: archive(chunk(GOOD), size=2**62), Truncated),
    "commit of no size": (lambda: archive(chunk(GOOD), size=0), FormatError),
    "half streamed": (lambda: archive(chunk(GOOD), size=STREAMED), FormatError),
    "half streamed too": (lambda: archive(chunk(GOOD), committed=STREAMED), Limit),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_archives(case: str) -> None:
    build, kind = ARCHIVES[case]
    data = build()
    with pytest.raises(kind, match="byte "):
        read(data)
    with pytest.raises(FormatError):
        list(pcb.iter_archive(io.BytesIO(data)))


FAKE = chunk((1, 0, bytes(32)))


@pytest.mark.parametrize(
    ("before", "offset"),
    [
        ([section(b"note", FAKE), chunk(GOOD)], 48),
        ([chunk(GOOD), section(b"note", FAKE)], 36 + len(chunk(GOOD)) + 12),
        ([chunk((1, 0, FAKE + bytes(-len(FAKE) % 16)), count=-(-len(FAKE) // 16))], 36 + 12 + 11),
    ],
)
def test_an_index_that_leads_into_another_section(before: list[bytes], offset: int) -> None:
    """Whoever reads in order never sees what lies there, and would find other clouds than at random."""
    data = archive(*before, entries=[(offset, 2)])
    reader = pcb.ArchiveReader(io.BytesIO(data))
    uses: list[Callable[[], Any]] = [
        lambda: reader[0],
        lambda: list(reader),
        reader.codes,
        reader.verify,
        lambda: list(pcb.iter_archive(io.BytesIO(data))),
        lambda: pcb.iter_archive(io.BytesIO(data)).verify(),
    ]
    for use in uses:
        with pytest.raises(FormatError, match=r"index|an end that does not match"):
            use()


def test_an_index_that_leads_into_another_section_later() -> None:
    at = 36 + len(chunk(GOOD))
    entries = [(36, 2), (at + 12, 2)]
    after = archive(chunk(GOOD), section(b"note", FAKE), chunk(GOOD), entries=entries, clouds=4)
    reader = pcb.ArchiveReader(io.BytesIO(after))
    assert reader[1].code.tobytes() == CODES[16:]
    with pytest.raises(FormatError, match="the index lists no section of the archive"):
        _ = reader[2]


def test_a_pipe_is_verified_as_a_file_is() -> None:
    """What is in the columns counts there too, though no record is asked for."""
    bad = archive(chunk(GOOD, (3, 0, b"\x92\xc0\x90")))
    for codes in (False, True):
        with pytest.raises(FormatError, match="neither a map nor nil"):
            pcb.iter_archive(io.BytesIO(bad)).verify(codes=codes)
    assert pcb.iter_archive(io.BytesIO(archive(chunk(GOOD)))).verify() == 2


def test_an_endless_chain_of_indices() -> None:
    sections, at, previous = [chunk(GOOD)], 36 + len(chunk(GOOD)), 0
    for _ in range(64):
        sections.append(section(b"INDX", struct.pack("<QI", previous, 0)))
        at, previous = at + len(sections[-1]), at
    data = archive(*sections, previous=previous, entries=[])
    with pytest.raises(Limit, match="more than 64"):
        read(data)


@pytest.mark.parametrize("case", sorted({*METADATA, *ARCHIVES} - {"too many containers", "many strings"}))
def test_nothing_large_is_allocated(case: str) -> None:
    if case in METADATA:
        stored, word, _ = METADATA[case]
        data = single(stored, word=len(stored) | 1 << 31 if word == -1 else word)
    else:
        data = ARCHIVES[case][0]()
    uses: list[Callable[[Any], Any]] = [read, lambda data: list(pcb.iter_archive(io.BytesIO(data)))]
    for use in uses:
        tracemalloc.start()
        try:
            use(data)
        except PcbinError:
            pass
        finally:
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        allowed = {"zstd lying large": 40e6, "nested giant arrays": 60e6}
        assert peak < allowed.get(case, 4e6), f"{peak:,} bytes"


def test_a_hostile_pipe_is_read_in_small_steps() -> None:
    """A length is believed only as far as bytes arrive."""
    asked: list[int] = []

    class Pipe(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(-1 if size is None else size)
            return super().read(size)

    head = archive(size=STREAMED, committed=STREAMED)[:36]
    for kind in (b"CHNK", b"junk", b"INDX"):
        length = 12 + 12 * 2**20
        with pytest.raises(FormatError if kind == b"INDX" else Truncated):
            list(pcb.iter_archive(Pipe(head + kind + struct.pack("<Q", length) + bytes(1000))))
    assert max(asked) <= 2**20
    assert min(asked) > 0
