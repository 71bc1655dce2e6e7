"""The header of a PLY file, read first so that its counts are checked before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass, field

from pcbin.errors import InputError

_SIZES = {"char": 1, "uchar": 1, "short": 2, "ushort": 2, "int": 4, "uint": 4, "float": 4, "double": 8}
_SIZES |= {
    "int8": 1,
    "uint8": 1,
    "int16": 2,
    "uint16": 2,
    "int32": 4,
    "uint32": 4,
    "float32": 4,
    "float64": 8,
}
MAX_HEADER = 2**16
_MAX_LISTS = 2**24
"""More faces than this are refused: each becomes a Python object of some hundred bytes."""
_FREE_LISTS = 2**16
"""More lists than this must have two numbers each on average, for the same reason: faces have three."""


@dataclass
class Element:
    """How many records, of which properties.

    width: the bytes that a record takes at least. pairs: those that a record takes more where each of its
    lists has two numbers.
    """

    count: int
    width: int = 0
    pairs: int = 0
    scalars: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return self.scalars + self.lists


def check(data: bytes, size: int, name: str) -> tuple[dict[str, Element], bool]:
    """The elements by name, and whether they are binary.

    data: the first MAX_HEADER bytes. size: how many bytes the file has.

    Raises InputError: no PLY header, or more records than the bytes can hold.
    """
    if data[:3] != b"ply" or data[3:4] not in (b"\n", b"\r"):
        raise InputError(f"{name}: does not begin with 'ply'; name the right format")
    # The first line's ending is that of all, as for plyfile: both must see the same header.
    newline = b"\r\n" if data[3:5] == b"\r\n" else data[3:4]
    mark = newline + b"end_header" + newline
    end = data.find(mark, 0, MAX_HEADER)
    if end < 0:
        raise InputError(f"{name}: no 'end_header' in the first {MAX_HEADER:,} bytes; copy the file again")
    elements: dict[str, Element] = {}
    current = Element(0)
    binary = False
    for number, line in enumerate(data[:end].decode("latin-1").split(newline.decode()), start=1):
        words = line.split()
        if words[:1] == ["format"]:
            binary = words[1:2] != ["ascii"]
        elif words[:1] == ["element"]:
            if len(words) != 3 or not words[2].isascii() or not words[2].isdigit() or len(words[2]) > 15:
                raise InputError(
                    f"{name}: line {number}: {line[:60]!r} is not 'element NAME COUNT'; correct it"
                )
            current = elements[words[1]] = Element(int(words[2]))
        elif words[:1] == ["property"]:
            _property(current, words, f"{name}: line {number}")
    _check_sizes(elements, size - end - len(mark), binary, name)
    return elements, binary


def _property(element: Element, words: list[str], where: str) -> None:
    is_list = words[1:2] == ["list"]
    types = words[2:4] if is_list else words[1:2]
    if len(words) != (5 if is_list else 3) or not all(kind in _SIZES for kind in types):
        raise InputError(f"{where}: {' '.join(words)[:60]!r} is not a PLY property; correct it")
    if words[-1] in element.names:
        raise InputError(f"{where}: a second property {words[-1][:60]!r} of one element; rename one")
    (element.lists if is_list else element.scalars).append(words[-1])
    element.width += _SIZES[types[0]]
    element.pairs += 2 * _SIZES[types[1]] if is_list else 0


def _check_sizes(elements: dict[str, Element], there: int, binary: bool, name: str) -> None:
    needed = 0
    for title, element in elements.items():
        if element.count and not element.names:
            raise InputError(f"{name}: element {title!r} has no properties; export the file again")
        if element.lists and element.count > _MAX_LISTS:
            raise InputError(
                f"{name}: {element.count:,} records in {title!r}; at most {_MAX_LISTS:,} are read"
            )
        # In text, a value takes a digit and a space at least, but for the space after the last.
        needed += element.count * (element.width if binary else 2 * len(element.names))
        if element.count > _FREE_LISTS:
            needed += element.count * (element.pairs if binary else 4 * len(element.lists))
    needed -= 0 if binary else 1
    if needed > there:
        counts = ", ".join(f"{element.count:,} {title}" for title, element in elements.items())
        raise InputError(
            f"{name}: announces {counts} records, which need {needed:,} bytes or more, {there:,} are there; "
            "copy the file again"
        )
