"""3MF (3MF Consortium; the core specification and the production extension's paths): XML in a zip archive.

An object is a mesh, or places other objects (components), which may lie in other parts of the archive. What
the build lists is printed, each item at its place.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from array import array
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.parsers import expat

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats._source import most_unpacked, read_all
from pcbin.formats.clouds._scene import Part, Scene
from pcbin.formats.clouds._types import Cloud, Mesh

_RELATIONSHIP = "http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"
_MAX_PLACES = 100_000
"""Objects that a build may place, those within others too: nested ones multiply."""

_Key = tuple[str, str]
"""The part of the archive, and the object's id in it."""


@dataclass
class _Object:
    """vertices: x, y, z, x, ... triangles: v1, v2, v3, v1, ..."""

    vertices: array[float] = field(default_factory=lambda: array("d"))
    triangles: array[int] = field(default_factory=lambda: array("q"))
    components: list[tuple[_Key, npt.NDArray[np.float64]]] = field(default_factory=list)


def read(stream: BinaryIO, name: str) -> Cloud | Mesh:
    """All that the build places, as one mesh. Raises InputError."""
    data = read_all(stream, name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Package(archive, len(data), name).scene()
    except InputError:
        raise
    except Exception as error:  # zipfile lets many kinds through, and untrusted attributes are converted
        problem = f"{type(error).__name__}: {error}"[:200]
        raise InputError(f"{name}: damaged 3MF ({problem}); export or copy it again") from None


class _Package:
    """The parts that are needed, each parsed when it is. Raises InputError, and what conversions raise."""

    def __init__(self, archive: zipfile.ZipFile, size: int, name: str) -> None:
        self._archive, self._name = archive, name
        self._members = {"/" + member.lstrip("/").lower(): member for member in archive.namelist()}
        self._objects: dict[_Key, _Object] = {}
        self._items: list[tuple[_Key, npt.NDArray[np.float64]]] = []
        self._parsed: set[str] = set()
        self._size = size
        self._left = most_unpacked(size)
        self._things = 0

    def scene(self) -> Cloud | Mesh:
        root = self._root()
        self._parse(root)
        waiting = list(reversed(self._items))
        scene = Scene(self._name, self._size)
        places = 0
        while waiting:
            key, matrix = waiting.pop()
            places += 1
            if places > _MAX_PLACES:
                raise InputError(f"{self._name}: places more than {_MAX_PLACES:,} objects; take parts of it")
            if key not in self._objects:
                self._parse(key[0])
            found = self._objects.get(key)
            if found is None:
                raise InputError(f"{self._name}: object {key[1]!r} is not in {key[0]}; export it again")
            if found.triangles:
                vertices, faces = (np.asarray(a).reshape(-1, 3) for a in (found.vertices, found.triangles))
                scene.add(Part(vertices, faces, matrix))
            waiting += [(inner, matrix @ placed) for inner, placed in reversed(found.components)]
        return scene.merged()

    def _root(self) -> str:
        """The part with the build, which the package's relationships name."""
        found: list[str] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if _local(tag) == "Relationship" and attributes.get("Type") == _RELATIONSHIP:
                found.append(posixpath.join("/", attributes["Target"]).lower())

        if "/_rels/.rels" in self._members:
            self._xml("/_rels/.rels", start)
        return found[0] if found else "/3d/3dmodel.model"

    def _parse(self, part: str) -> None:
        """Adds a part's objects, and the items of its build where it is the first part."""
        if part in self._parsed:
            return
        first = not self._parsed
        self._parsed.add(part)
        current = _Object()

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal current
            name = _local(tag)
            if name in ("object", "component", "item"):
                self._count_one()
            if name == "vertex":
                current.vertices.extend(float(attributes[axis]) for axis in "xyz")
            elif name == "triangle":
                current.triangles.extend(int(attributes[corner]) for corner in ("v1", "v2", "v3"))
            elif name == "object":
                current = self._objects[part, attributes["id"]] = _Object()
            elif name == "component":
                current.components.append(_place(attributes, part))
            elif name == "item" and first:
                self._items.append(_place(attributes, part))

        self._xml(part, start)

    def _count_one(self) -> None:
        """Raises InputError: more objects, components and items than a build may place."""
        self._things += 1
        if self._things > _MAX_PLACES:
            raise InputError(f"{self._name}: more than {_MAX_PLACES:,} objects; take parts of it")

    def _xml(self, part: str, start: Any) -> None:
        """Calls start(tag, attributes) for each element. Raises InputError: no such part, too large, DTD."""
        if part not in self._members:
            raise InputError(f"{self._name}: no {part} in it; export it again, or name the right format")
        member = self._archive.getinfo(self._members[part])
        self._left -= member.file_size
        if self._left < 0:
            raise InputError(
                f"{self._name}: unpacks to more than {most_unpacked(self._size):,} bytes; take parts of it"
            )
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartElementHandler = start
        parser.StartDoctypeDeclHandler = self._refuse_dtd
        with self._archive.open(member) as content:
            parser.ParseFile(content)

    def _refuse_dtd(self, *declaration: Any) -> None:
        raise InputError(f"{self._name}: its XML has a document type, which 3MF forbids; export it again")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _place(attributes: dict[str, str], part: str) -> tuple[_Key, npt.NDArray[np.float64]]:
    """Which object, and where: 12 numbers are the columns of a (3, 4) matrix, one after the other."""
    path = next((value for key, value in attributes.items() if _local(key) == "path"), part)
    matrix = np.eye(4)
    if "transform" in attributes:
        matrix[:3] = np.array(attributes["transform"].split(), np.float64).reshape(4, 3).T
    return (posixpath.join("/", path).lower(), attributes["objectid"]), matrix
