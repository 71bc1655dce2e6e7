"""glTF 2.0 (Khronos Group, 2021): scenes of meshes; .glb has all in one file, .gltf is JSON.

Positions and indices are accessors: typed views of a buffer, which is the binary chunk of a .glb, base64 in
the JSON, or a file beside it. Nodes place the meshes, each by a matrix or by translation, rotation and scale.
Geometry that is compressed (Draco, meshopt) is refused. Skins and morph targets are left at rest.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError, displayed
from pcbin.formats._source import is_file, read_all
from pcbin.formats.clouds._scene import MAX_PARTS, Part, Scene
from pcbin.formats.clouds._types import Cloud, Mesh

_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_POINTS, _TRIANGLES, _STRIP, _FAN = 0, 4, 5, 6
_HARMLESS = re.compile(r"(KHR|EXT|MSFT|ADOBE)_(materials|texture|lights|animation|xmp)|KHR_mesh_quantization")
"""The required extensions that do not say where points are; quantised positions are plain accessors."""
_ATTRIBUTES = {
    "NORMAL": "normals",
    "TANGENT": "normals",
    "COLOR": "colours",
    "TEXCOORD": "texture coordinates",
    "JOINTS": "skins",
    "WEIGHTS": "skins",
}


def read(stream: BinaryIO, name: str) -> Cloud | Mesh:
    """All meshes of the scene, placed; a Cloud of a scene of points. The bytes tell .glb from .gltf.

    Raises InputError.
    """
    path = stream.name if is_file(stream) else None
    folder = Path(os.fsdecode(path)).parent if isinstance(path, str | bytes) else None
    data = read_all(stream, name)
    try:
        text, chunk = _chunks(data, name) if data[:4] == b"glTF" else (data, None)
        return _Document(json.loads(text), chunk, folder, name, len(data)).scene()
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        problem = f"{type(error).__name__}: {error}"[:200]
        raise InputError(f"{name}: damaged glTF ({problem}); export or copy it again") from None


def _chunks(data: bytes, name: str) -> tuple[bytes, bytes | None]:
    """The JSON and the binary chunk of a .glb: a header of 12 bytes, then chunks of (length, kind, bytes)."""
    version = int.from_bytes(data[4:8], "little")
    if version != 2:
        raise InputError(f"{name}: version {version} of glTF; export it as glTF 2.0")
    at = 12
    found: dict[bytes, bytes] = {}
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "little"), data[at + 4 : at + 8]
        if at + 8 + length > len(data):
            there = len(data) - at - 8
            raise InputError(f"{name}: byte {at} announces {length:,} bytes, {there:,} follow; copy it again")
        found.setdefault(kind, data[at + 8 : at + 8 + length])
        at += 8 + length
    if b"JSON" not in found:
        raise InputError(f"{name}: no JSON in it; export or copy it again")
    return found[b"JSON"], found.get(b"BIN\0")


class _Document:
    """tree: the JSON. chunk: the first buffer, where it has no URI. folder: where other files may lie.

    Besides InputError its methods raise whatever indexing and converting a hostile tree raises.
    """

    def __init__(self, tree: Any, chunk: bytes | None, folder: Path | None, name: str, size: int) -> None:
        self._tree, self._chunk, self._folder, self._name = tree, chunk, folder, name
        self._scene = Scene(name, size)
        self._buffers: dict[int, bytes] = {}
        if str(tree["asset"].get("version", "2.0")).partition(".")[0] != "2":
            raise InputError(f"{name}: version {tree['asset']['version']} of glTF; export it as glTF 2.0")
        for extension in tree.get("extensionsRequired", []):
            if not _HARMLESS.match(extension):
                raise InputError(
                    f"{name}: needs {extension[:60]}, which pcbin cannot read; export it without"
                )

    def scene(self) -> Cloud | Mesh:
        dropped: dict[str, None] = {}
        primitives = 0
        for matrix, mesh in self._placed():
            for primitive in self._tree["meshes"][mesh]["primitives"]:
                primitives += 1
                if primitives > MAX_PARTS:  # also of lines, which become no parts
                    raise InputError(f"{self._name}: places more than {MAX_PARTS:,} meshes; take parts of it")
                attributes = primitive["attributes"]
                names = [
                    _ATTRIBUTES.get(key.partition("_")[0], key) for key in attributes if key != "POSITION"
                ]
                dropped |= dict.fromkeys(names)
                if "material" in primitive:
                    dropped["materials"] = None
                part = self._part(primitive, attributes["POSITION"], matrix)
                if part is None:
                    dropped["lines"] = None
                else:
                    self._scene.add(part)
        if self._tree.get("animations"):
            dropped["animations"] = None
        return self._scene.merged(tuple(dropped))

    def _placed(self) -> Iterator[tuple[npt.NDArray[np.float64], int]]:
        """The matrix and the number of each mesh in the scene, or in all nodes where no scene is given."""
        nodes = self._tree.get("nodes", [])
        scenes = self._tree.get("scenes")
        if scenes:
            roots = scenes[self._tree.get("scene", 0)].get("nodes", [])
        else:
            children = {child for node in nodes for child in node.get("children", [])}
            roots = [number for number in range(len(nodes)) if number not in children]
        waiting = [(number, np.eye(4)) for number in reversed(roots)]
        seen = set()
        while waiting:
            number, above = waiting.pop()
            if number in seen:
                raise InputError(f"{self._name}: node {number} is in the scene twice; export it again")
            seen.add(number)
            node = nodes[number]
            if "EXT_mesh_gpu_instancing" in node.get("extensions", {}):
                raise InputError(f"{self._name}: node {number} is instanced on the GPU; export it without")
            matrix = above @ _matrix(node)
            if "mesh" in node:
                yield matrix, node["mesh"]
            waiting += [(child, matrix) for child in reversed(node.get("children", []))]

    def _part(self, primitive: Any, position: int, matrix: npt.NDArray[np.float64]) -> Part | None:
        """None for lines."""
        mode = primitive.get("mode", _TRIANGLES)
        if mode not in (_POINTS, _TRIANGLES, _STRIP, _FAN):
            return None
        vertices = self._values(position, "VEC3")
        if mode == _POINTS:
            return Part(vertices, None, matrix)
        corners = np.arange(len(vertices))
        if "indices" in primitive:
            corners = self._values(primitive["indices"], "SCALAR")[:, 0].astype(np.int64)
        if mode == _TRIANGLES:
            return Part(vertices, corners[: len(corners) // 3 * 3].reshape(-1, 3), matrix)
        first = corners[:-2] if mode == _STRIP else np.repeat(corners[:1], max(0, len(corners) - 2))
        return Part(vertices, np.stack([first, corners[1:-1], corners[2:]], axis=1), matrix)

    def _values(self, number: int, kind: str) -> npt.NDArray[Any]:
        """(count, 3 or 1) values of an accessor."""
        accessor = self._tree["accessors"][number]
        if accessor["type"] != kind or "bufferView" not in accessor:
            raise InputError(f"{self._name}: accessor {number} is no {kind} in a buffer; export it again")
        component, width = accessor["componentType"], 3 if kind == "VEC3" else 1
        values = self._view(accessor, component, accessor["count"], width)
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            count = sparse["count"]
            rows = self._view(sparse["indices"], sparse["indices"]["componentType"], count, 1)[:, 0]
            values = values.copy()
            values[rows] = self._view(sparse["values"], component, count, width)
        if accessor.get("normalized") and values.dtype.kind in "iu":
            values = np.maximum(values / np.iinfo(values.dtype).max, -1.0)
        return values

    def _view(self, where: Any, component: int, count: int, width: int) -> npt.NDArray[Any]:
        """(count, width) values of a buffer view, from an offset in it on."""
        view = self._tree["bufferViews"][where["bufferView"]]
        start, offset = view.get("byteOffset", 0), where.get("byteOffset", 0)
        dtype = np.dtype(_COMPONENTS[component])
        stride = view.get("byteStride", width * dtype.itemsize)
        if min(start, offset, view["byteLength"], count - 1) < 0 or stride < width * dtype.itemsize:
            raise InputError(f"{self._name}: {count} values do not lie in their buffer; export it again")
        content = memoryview(self._buffer(view["buffer"]))[start : start + view["byteLength"]]
        values: npt.NDArray[Any] = np.ndarray(
            (count, width), dtype, content, offset, (stride, dtype.itemsize)
        )
        return values

    def _buffer(self, number: int) -> bytes:
        if number not in self._buffers:
            uri = self._tree["buffers"][number].get("uri")
            if uri is None and number == 0 and self._chunk is not None:
                self._buffers[number] = self._chunk
            elif uri.startswith("data:"):
                self._buffers[number] = base64.b64decode(uri.partition(",")[2], validate=True)
            else:
                self._buffers[number] = self._beside(unquote(uri))
                self._scene.grow(len(self._buffers[number]))
        return self._buffers[number]

    def _beside(self, uri: str) -> bytes:
        """A file below the folder of this one, and nothing else: names in a file are not to be trusted."""
        path, shown = PurePosixPath(uri), repr(uri[:80])
        if path.is_absolute() or ".." in path.parts or re.search(r"[\\:\0]", uri):
            raise InputError(f"{self._name}: refers to {shown}, not beside the file; export it as .glb")
        if self._folder is None:
            raise InputError(f"{self._name}: refers to {shown} beside the file; pass a path, or a .glb")
        file = self._folder / path
        if not file.is_file():
            raise InputError(f"{self._name}: refers to {shown}, which is not beside it; copy that too")
        with file.open("rb") as stream:
            return read_all(stream, displayed(file))


def _matrix(node: Any) -> npt.NDArray[np.float64]:
    """(4, 4): the node's matrix, column after column, or translation @ rotation @ scale."""
    if "matrix" in node:
        return np.asarray(np.array(node["matrix"], np.float64).reshape(4, 4).T)
    matrix = np.eye(4)
    x, y, z, w = np.array(node.get("rotation", (0, 0, 0, 1)), np.float64)  # a unit quaternion
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= np.array(node.get("scale", (1, 1, 1)), np.float64)
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix
