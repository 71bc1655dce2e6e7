"""Clouds that unpack, repeat or announce far more than their bytes: refused, or read, within the bar."""

from __future__ import annotations

import gzip
import io
import json
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bounded import LARGEST, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and RLIMIT_AS")

PLY = "ply\nformat {} 1.0\nelement vertex 3\nproperty {} x\nproperty {} y\nproperty {} z\n"
MANY = 16 << 20


def gz(data: bytes) -> bytes:
    """Compressed, then padded as gzip allows, up to 2 MB: the larger, the more may unpack."""
    packed = gzip.compress(data, 6)
    filler = gzip.compress(b"", 0)
    return packed + filler * ((LARGEST - len(packed)) // len(filler))


def npy(shape: tuple[int, ...], dtype: str) -> bytes:
    target = io.BytesIO()
    np.save(target, np.ones(shape, dtype))
    return target.getvalue()


def npz(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.npy", content)
        archive.writestr(zipfile.ZipInfo("filler"), bytes(LARGEST - 200_000))
    return target.getvalue()


def ply_faces(count: int, kind: str = "binary_little_endian", index: str = "int") -> bytes:
    head = (
        PLY.format(kind, *["float"] * 3) + f"element face {count}\nproperty list uchar {index} vertex_index\n"
    )
    head += "end_header\n"
    if kind == "ascii":
        return head.encode() + b"0 0 0\n0 1 0\n1 0 0\n" + b"0\n" * count
    return head.encode() + np.eye(3, dtype="<f4").tobytes() + bytes(count)


def ply_points(count: int) -> bytes:
    head = PLY.replace("vertex 3", f"vertex {count}").format("binary_little_endian", *["char"] * 3)
    return f"{head}end_header\n".encode() + b"\1" * (3 * count)


def pcd(count: int) -> bytes:
    """LZF of nothing but copies."""
    size = 12 * count
    body = b"\0\0" + b"\xe0\xff\0" * ((size - 1) // 264)
    body += b"\0\0" * (size - 1 - (size - 1) // 264 * 264)
    head = f"FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {count}\nHEIGHT 1\nPOINTS {count}\n"
    return f"{head}DATA binary_compressed\n".encode() + struct.pack("<II", len(body), size) + body


def gltf(primitives: int, vertices: int, mode: int = 4, nodes: int = 1) -> bytes:
    tree = {
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0}] * nodes,
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "mode": mode}] * primitives}],
        "accessors": [{"bufferView": 0, "componentType": 5120, "count": vertices, "type": "VEC3"}],
        "bufferViews": [{"buffer": 0, "byteLength": 3 * vertices}],
        "buffers": [{"byteLength": 3 * vertices}],
    }
    text = json.dumps(tree).encode()
    parts = [(b"JSON", text), (b"BIN\0", bytes(range(3)) * vertices)]
    chunks = b"".join(struct.pack("<I4s", len(data), kind) + data for kind, data in parts)
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def threemf(xml: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        head = (
            '<?xml version="1.0"?><model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">'
        )
        archive.writestr("3D/3dmodel.model", f"{head}{xml}</model>")
        archive.writestr(zipfile.ZipInfo("filler"), bytes(LARGEST - 300_000))
    return target.getvalue()


Case = tuple[str, Callable[[], bytes]]
QUICK: dict[str, Case] = {
    "lines that gzip": ("xyz.gz", lambda: gz(b"0 0 0\n" * (2_500_000))),
    "empty lines that gzip": ("xyz.gz", lambda: gz(b"\n" * (2 * MANY))),
    "small numbers that gzip": ("npy.gz", lambda: gz(npy((10_000_000, 3), "i1"))),
    "small numbers in a zip": ("npz", lambda: npz(npy((9_000_000, 3), "i1"))),
    "empty faces": ("ply", lambda: ply_faces(1_990_000)),
    "empty faces of bytes": ("ply", lambda: ply_faces(1_990_000, index="uchar")),
    "empty faces in text": ("ply", lambda: ply_faces(990_000, "ascii")),
    "LZF of copies": ("pcd", lambda: pcd(8_000_000)),
    "one mesh many times": ("glb", lambda: gltf(30_000, 100_000)),
    "lines many times": ("glb", lambda: gltf(10_000, 10, mode=1, nodes=100_000)),
}
SLOW: dict[str, Case] = {
    "as many lines as are read": ("xyz.gz", lambda: gz(b"0 0 0\n" * 520_000)),
    "wide lines": ("xyz.gz", lambda: gz((b"1 " * 12 + b"\n") * 520_000)),
    "one line": ("xyz.gz", lambda: gz(b"1 " * MANY)),
    "one line without blanks": ("csv.gz", lambda: gz(b"1" * 2 * MANY)),
    "cells in a line": ("csv.gz", lambda: gz(b'"1",' * (MANY // 2))),
    "corners of one face": ("obj.gz", lambda: gz(b"v 1 2 3\nv 2 3 4\nv 3 3 1\nf " + b"1 2 3 " * 5_000_000)),
    "corners of faces": (
        "obj.gz",
        lambda: gz(b"v 1 2 3\nv 2 3 4\nv 3 3 1\n" + b"f 1 2 3 1 2 3 1 2 3 1\n" * 1_000_000),
    ),
    "faces of every length": (
        "obj",
        lambda: b"v 1 2 3\nv 2 3 4\nv 3 3 1\n" + b"".join(b"f" + b" 1" * k + b"\n" for k in range(1_400)),
    ),
    "as many corners as are read": (
        "obj.gz",
        lambda: gz(b"v 1 2 3\nv 2 3 4\nv 3 3 1\n" + b"f 1 2 3 1\n" * 500_000 + b"f" + b" 1 2 3" * 300_000),
    ),
    "corners of OFF": (
        "off.gz",
        lambda: gz(b"OFF\n3 1000000 0\n1 2 3\n2 3 4\n3 3 1\n" + b"8 0 1 2 0 1 2 0 1\n" * 1_000_000),
    ),
    "facets": (
        "stl.gz",
        lambda: gz(b"solid\n" + b"facet\nvertex 0 0 0\nvertex 0 1 0\nvertex 1 0 0\n" * 100_000),
    ),
    "as many points as are read": ("ply.gz", lambda: gz(ply_points(520_000))),
    "plain lines": ("xyz", lambda: b"0 0 0\n" * (LARGEST // 6)),
    "plain numbers": ("npy", lambda: npy((600_000, 3), "i1")),
    "plain OBJ": ("obj", lambda: b"v 1 2 3\nv 2 3 4\nv 3 3 1\n" + b"f 1 2 3\n" * 240_000),
    "plain ascii PLY": (
        "ply",
        lambda: (
            PLY.replace("vertex 3", "vertex 330000").format("ascii", *["float"] * 3).encode()
            + b"end_header\n"
            + b"0 1 0\n" * 330_000
        ),
    ),
    "ascii PLY that gzips": (
        "ply.gz",
        lambda: gz(
            PLY.replace("vertex 3", "vertex 520000").format("ascii", *["float"] * 3).encode()
            + b"end_header\n"
            + b"0 1 0\n" * 520_000
        ),
    ),
    "faces of two corners": ("ply", lambda: ply_two_corners(210_000)),
    "one mesh a few times": ("glb", lambda: gltf(4, 130_000)),
    "elements of XML": ("3mf", lambda: threemf("<a/>" * 7_000_000)),
    "vertices of XML": (
        "3mf",
        lambda: threemf(
            '<resources><object id="1"><mesh>'
            + '<vertex x="1" y="2" z="3"/>' * 900_000
            + '</mesh></object></resources><build><item objectid="1"/></build>'
        ),
    ),
}


def ply_two_corners(count: int) -> bytes:
    head = ply_faces(count)[:-count]
    return head + (b"\2" + struct.pack("<ii", 0, 1)) * count


def check(tmp_path: Path, case: Case, command: tuple[str, ...] = ("read",)) -> None:
    suffix, make = case
    data = make()
    assert len(data) <= LARGEST + 300, len(data)
    path = tmp_path / f"cloud.{suffix}"
    path.write_bytes(data)
    print(run(*command, path))


@pytest.mark.parametrize("case", QUICK)
def test_amplified_clouds(case: str, tmp_path: Path) -> None:
    check(tmp_path, QUICK[case])


@pytest.mark.slow
@pytest.mark.parametrize("case", SLOW)
def test_the_largest_clouds(case: str, tmp_path: Path) -> None:
    check(tmp_path, SLOW[case])


@pytest.mark.slow
@pytest.mark.parametrize("case", [*QUICK, *SLOW])
def test_the_largest_clouds_encoded(case: str, tmp_path: Path) -> None:
    words = ("encode", "-q", "-o", str(tmp_path / "a.pcb"))
    check(tmp_path, {**QUICK, **SLOW}[case], words)
