"""Every way in which a file can be unusable gives an InputError that names the file and the remedy."""

from __future__ import annotations

import gzip
import io
import os
import struct
import sys
import tracemalloc
import zipfile
from typing import Any

import numpy as np
import pytest

from pcbin.errors import InputError, PcbinError
from pcbin.formats.clouds import formats, read_cloud


def read(data: bytes | str, format: str):
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    stream.name = f"chair.{format}"  # type: ignore[attr-defined]
    return read_cloud(stream, format=format)


def npy(
    descr: str = "'<f8'", shape: str = "(2, 3)", body: bytes = bytes(48), start: bytes = b"\x93NUMPY\1\0"
) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return start + struct.pack("<H", len(header)) + header + body


def npz(**named: Any) -> bytes:
    target = io.BytesIO()
    np.savez(target, **named)
    return target.getvalue()


def ply(vertices: object, kind: str = "ascii", more: str = "", body: bytes = b"0 0 0\n") -> bytes:
    axes = "property float x\nproperty float y\nproperty float z\n"
    return f"ply\nformat {kind} 1.0\nelement vertex {vertices}\n{axes}{more}end_header\n".encode() + body


PCD = (
    "VERSION .7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 2\nHEIGHT 1\nPOINTS 2\nDATA ascii\n"
)
PACKED = PCD.replace("ascii", "binary_compressed").encode()
FACE = "element face 1\nproperty list uchar int vertex_index\n"
OVER = 10**12

ERRORS: list[tuple[str, bytes | str, str]] = [
    ("xyz", "# only a comment\n", "no points"),
    ("xyz", "1 2 3\n4 5\n", r"line 2: 2 columns.*complete or remove"),
    ("xyz", "1 2 3\n\n# x\n4 5 six\n", r"line 4: 'six' is not a number"),
    ("xyz", "1 2 3\n4 5 1_0\n", r"line 2: '1_0' is not a number"),
    ("xyz", "1 2 3\n4 5 nan\n", "NaN"),
    ("xyz", "1 2 3\n4 5 1e999\n", "infinite"),
    ("xyz", "1 2 3\n4 5 \N{SUPERSCRIPT TWO}\n", r"line 2: .* is not a number"),
    ("xyz", b"1 2 3\n\x00\x01", "byte 6 is zero"),
    ("xyz", "3\n1 2 3\n4 5 6\n", r"line 1 announces 3 points, 2 lines follow"),
    ("xyz", f"{OVER}\n1 2 3\n", "announces 1,000,000,000,000 points"),
    ("xyz", "x y z\n", "empty cloud"),
    ("xyz", "1 2 3 4\n5 6 7 8\n9 10 11 12\n", "3 lines of 4 numbers: transpose it.*name the columns"),
    ("csv", "1,2,3,4,5\n" * 3, "3 lines of 5 numbers"),
    ("txt", "MIT License\n\nCopyright (c) 2026 The Authors\n", "not begin as a table of numbers; name"),
    ("txt", "torch>=2.4\nnumpy\n", "does not begin as a table"),
    ("csv", '"1","2","3"\n"4","a, b","6"\n', "line 2: 'a, b' is not a number"),
    ("csv", "x,y,z\n1,1,2,3\n", "line 2: more columns than the 3"),
    ("csv", "1,5 2,5\n", "line 1"),
    ("csv", "1,,3\n", "line 1: '' is not a number"),
    ("npy", b"\x93NUMPY", "damaged"),
    ("npy", npy(start=b"\x93NUMPY\7\0"), "damaged"),
    ("npy", npy()[:40], "damaged"),
    ("npy", npy("'|O'"), "plain numbers"),
    ("npy", npy("[('x', '<f4')]"), "plain numbers"),
    ("npy", npy("'<c8'"), "plain numbers"),
    ("npy", npy("'<U3'"), "plain numbers"),
    ("npy", npy("__import__('os')"), "plain numbers"),
    ("npy", npy(shape=f"({OVER}, 3)"), "needs 24,000,000,000,000 bytes, 48 are there"),
    ("npy", npy(shape="(3, 3)"), "needs 72 bytes, 48"),
    ("npy", npy(shape="(-2, 3)"), "damaged"),
    ("npy", npy(shape="(2  3)"), "damaged"),
    ("npy", npy(shape="(40, 2, 3)"), "is 40 clouds; pick one"),
    ("npy", npy("'<f4'", shape="(3, 4)"), r"shape \(3, 4\): transpose it, .*points\.T"),
    ("npz", npz(points=np.zeros((3, 2048))), r"shape \(3, 2048\): transpose it"),
    ("npy", npy(shape="(6,)"), r"shape \(6,\)"),
    ("npy", npy(shape="()"), "damaged|shape"),
    ("npy", npy(shape="(3, 2)"), r"\(N, 3\)"),
    ("npy", npy(shape=f"(0, {OVER}{OVER})"), "damaged"),
    ("npy", npy(shape="(0, 3)"), "shape"),
    ("npz", b"PK\3\4rubbish", "not a sound .npz"),
    ("npz", npz(points=np.eye(3))[:-30], "not a sound .npz"),
    ("npz", npz(points=np.eye(3)).replace(struct.pack("<d", 1), struct.pack("<d", 2)), "CRC"),
    ("npz", npz(a=np.eye(3), b=np.eye(3)), r"its arrays \(a, b\) is called 'points'; name one: array="),
    ("npz", npz(), "no arrays"),
    ("npz", npz(points=np.zeros((2, 2, 3))), r"chair.npz \('points'\): .* 2 clouds"),
    ("npz", npz(points=np.array([None])), "plain numbers"),
    ("ply", b"plyx", "does not begin"),
    ("ply", b"ply\nformat ascii 1.0\n", "no 'end_header'"),
    ("ply", ply(2), "damaged|announces"),
    ("ply", ply("two"), "line 3: .* is not 'element NAME COUNT'"),
    ("ply", ply(-1), "is not 'element NAME COUNT'"),
    ("ply", ply(OVER), "announces 1,000,000,000,000 vertex records"),
    ("ply", ply(OVER, "binary_little_endian"), "need 12,000,000,000,000 bytes"),
    ("ply", ply(2, "binary_little_endian", body=bytes(20)), "24 bytes"),
    ("ply", ply(1, "binary_middle_endian", body=bytes(20)), "format"),
    ("ply", ply(1, more="property quaternion q\n"), "line 7: .* is not a PLY property"),
    ("ply", ply(1, more=f"element void {OVER}\n"), "'void' has no properties"),
    ("ply", ply(1, more=FACE.replace("1", str(2**25))), "at most 16,777,216"),
    ("ply", ply(1, more="comment \rend_header\nelement x 9\nproperty char c\n"), "announces 1 vertex, 9 x"),
    ("ply", ply(1, body=b"0 0 zero\n"), "malformed"),
    ("ply", ply(1, body=b"0 0 0 0\n"), "expected end-of-line"),
    ("ply", ply(1, body="0 0 \N{SUPERSCRIPT TWO} 000\n".encode()), "Unicode"),
    ("ply", ply(0), "empty cloud"),
    ("ply", ply(1, more="property float x\n", body=b"0 0 0 0\n"), "line 7: a second property 'x'"),
    ("ply", ply(1).replace(b"vertex", b"point"), "no element 'vertex'"),
    ("ply", ply(1).replace(b"float z", b"float w"), "x, y, z"),
    ("ply", ply(1, more=FACE, body=b"0 0 0\n3 0 0 7\n"), "vertex 7"),
    ("ply", ply(1, more=FACE.replace("int", "float"), body=b"0 0 0\n3 0 0 0\n"), "integers"),
    ("ply", ply(1, "binary_little_endian", FACE, bytes(12) + b"\xff"),
     "end-of-file"),
    ("off", "1 2 3\n", "does not begin with OFF"),
    ("off", "OFF\n", "ends before the counts"),
    ("off", "OFF\n3\n", "line 2: 1 columns"),
    ("off", f"OFF {OVER} 0 0\n0 0 0\n", "line 1: announces 1,000,000,000,000 vertices"),
    ("off", "OFF\n1 1 0\n0 0 0\n", "announces 1 vertices and 1 faces, 1 lines follow"),
    ("off", "OFF\n-1 0 0\n0 0 0\n", "announces"),
    ("off", "OFF\n1.5 0 0\n0 0 0\n", "no whole number"),
    ("off", "OFF\n0 0 0\n", "empty cloud"),
    ("off", "OFF\n1 0 0\n0 0\n", "line 3: 2 columns"),
    ("off", "OFF\n1 1 0\n0 0 0\n3 0 0\n", "line 4: 3 columns, at least 4"),
    ("off", f"OFF\n1 1 0\n0 0 0\n{OVER} 0 0\n", "line 4: announces"),
    ("off", "OFF\n1 1 0\n0 0 0\n-3 0 0\n", "line 4: a face of -3 corners"),
    ("off", "OFF\n1 1 0\n0 0 0\n3 0 0 1\n", "vertex 1 .* of 1"),
    ("off", "OFF\n1 1 0\n0 0 0\n3 0 0 -1\n", "vertex -1"),
    ("off", "OFF\n1 1 0\n0 0 0\n3 0 0 nan\n", "no whole number"),
    ("off", "OFF BINARY\n", "binary OFF is not supported"),
    ("off", "4OFF\n1 0 0\n0 0 0 0\n", "more than three dimensions"),
    ("obj", "v 1 2\n", "line 1: 3 columns, at least 4"),
    ("obj", "v 1 2 x\n", "line 1: 'x' is not a number"),
    ("obj", "v 1 2 3\nf 1 1 2\n", "vertex 1 .* of 1"),
    ("obj", "f 1 2 3\n", "vertex 0 .* of 0"),
    ("stl", bytes(9), "too few"),
    ("stl", b"solid\n", "0 facets"),
    ("stl", b"solid\nfacet normal 0 0 1\nvertex 0 0 0\nvertex 0 0 1\n", "1 facets and 2 corners"),
    ("stl", b"solid\nfacet\nvertex 0 0 0\nvertex 0 0 1\nvertex 0 0 z\n", "line 5: 'z'"),
    ("stl", bytes(84), "no triangles"),
    ("stl", bytes(80) + struct.pack("<I", 2**32 - 1), "announces 4,294,967,295 triangles, .* 84 are there"),
    ("stl", bytes(80) + struct.pack("<I", 1) + bytes(49), "134 bytes, 133 are there"),
    ("pcd", PCD + "0 0 0\n", "announces 2 points, which need 2 lines, 1 are there"),
    ("pcd", PCD + "0 0 0\n0 0 a\n", "line 11: 'a' is not a number"),
    ("pcd", PCD.replace("ascii", "binary") + "0" * 23, "need 24 bytes, 23 are there"),
    ("pcd", PCD.replace("POINTS 2", f"POINTS {OVER}"), "announces 1,000,000,000,000"),
    ("pcd", PCD.replace("POINTS 2", "POINTS -2"), "positive number"),
    ("pcd", PCD.replace("POINTS 2", "POINTS many"), "positive number"),
    ("pcd", PCD.replace("x y z", "x y i"), "x, y and z are needed"),
    ("pcd", PCD.replace("x y z", "x y z w"), "differ in length"),
    ("pcd", PCD.replace("4 4 4", "4 4 3"), "not valid in PCD"),
    ("pcd", PCD.replace("COUNT 1 1 1", f"COUNT 1 1 {OVER}"), "not valid in PCD|needed"),
    ("pcd", PCD.replace("ascii", "zipped"), "unknown DATA 'zipped'"),
    ("pcd", PACKED + b"12", "within the compressed"),
    ("pcd", PACKED + struct.pack("<II", 9, 24), "within the compressed"),
    ("pcd", PACKED + struct.pack("<II", 1, 24) + b"\0", "damaged"),
    ("pcd", PACKED + struct.pack("<II", 1, 2**32 - 1) + b"\0", "need 24"),
]  # fmt: skip


@pytest.mark.parametrize(("format", "data", "problem"), ERRORS)
def test_bad_files(format, data, problem):
    with pytest.raises(InputError, match=problem) as caught:
        read(data, format)
    assert str(caught.value).startswith(f"chair.{format}")
    assert len(str(caught.value)) < 500


def test_nothing_is_allocated_for_what_is_not_there():
    tracemalloc.start()
    for format, data, _ in ERRORS:
        with pytest.raises(InputError):
            read(data, format)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30e6


def test_zip_bombs():
    content, packed = io.BytesIO(), io.BytesIO()
    np.save(content, np.zeros((1_000_000, 3)))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.npy", content.getvalue())
    with pytest.raises(InputError, match="unpacks to 24,000,128 bytes, 16,777,216 are allowed"):
        read(packed.getvalue(), "npz")
    stream = io.BytesIO(gzip.compress(content.getvalue()))
    stream.name = "bomb.npy.gz"  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="unpacks to more than 16,777,216"):
        read_cloud(stream)


def test_endless_streams(monkeypatch):
    from pcbin.formats import _source

    class Endless(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            return len(buffer)

    monkeypatch.setattr(_source, "MAX_BYTES", 10**7)
    with pytest.raises(InputError, match="more than 10,000,000 bytes"):
        read_cloud(Endless(), format="stl")  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"no gzip", gzip.compress(b"1 2 3\n" * 1000, mtime=0)[:-9]])
def test_bad_gzip(data, tmp_path):
    path = tmp_path / "cloud.xyz.gz"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"cloud\.xyz\.gz: (not a sound gzip|an empty file)"):
        read_cloud(path)


def test_sources(tmp_path):
    for missing in ("chair.ply", "chairs", "chair.nosuffix"):
        with pytest.raises(InputError, match=f"{missing}: no such file or folder"):
            read_cloud(missing)
    for format in (None, "ply"):
        with pytest.raises(InputError, match="is a directory"):
            read_cloud(tmp_path, format=format)
    with pytest.raises(InputError, match="null byte"):
        read_cloud("a\0.ply")
    with pytest.raises(InputError, match="cannot read from bytes; pass a path"):
        read_cloud(b"1 2 3", format="xyz")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="text stream"):
        read_cloud(io.StringIO("1 2 3"), format="xyz")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="cannot be read"), (tmp_path / "out.xyz").open("wb") as stream:
        read_cloud(stream)
    with pytest.raises(InputError, match="File name too long"):
        read_cloud("a" * 5000 + ".ply")
    (tmp_path / "closed.xyz").write_text("1 2 3\n")
    with (tmp_path / "closed.xyz").open("rb") as stream:
        pass
    with pytest.raises(InputError, match=r"closed\.xyz: cannot be read .*closed file"):
        read_cloud(stream)


@pytest.mark.parametrize("format", [name for name, known in formats().items() if known.read])
def test_empty_files(format, tmp_path):
    for data, suffix in ((b"", ""), (b"", ".gz"), (gzip.compress(b""), ".gz")):
        path = tmp_path / f"chair.{format}{suffix}"
        path.write_bytes(data)
        with pytest.raises(InputError, match=f"{path.name}: an empty file; export or copy it again"):
            read_cloud(path)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_not_utf8(tmp_path):
    good, bad, suffix = (tmp_path / os.fsdecode(b"caf\xe9." + end) for end in (b"xyz", b"ply", b"q"))
    good.write_text("1 2 3\n")
    assert read_cloud(good).points.tolist() == [[1, 2, 3]]
    with open(os.fsencode(good), "rb") as stream:  # noqa: PTH123  its name is bytes
        assert read_cloud(stream).points.tolist() == [[1, 2, 3]]
    for path in (bad, suffix):
        path.write_text("rubbish")
        with pytest.raises(InputError) as caught:
            read_cloud(path)
        assert "/caf\\udce9" in caught.value.args[0].encode("utf-8").decode()
    with pytest.raises(InputError, match="no such file") as caught:
        read_cloud(good.with_suffix(".pcd"))
    caught.value.args[0].encode("utf-8")


@pytest.mark.parametrize(("option", "value"), [("samples", -1), ("samples", 2**40), ("seed", -1)])
def test_options(option, value):
    with pytest.raises(InputError, match=option):
        read_cloud("chair.ply", **{option: value})


def test_it_is_one_tree():
    assert issubclass(InputError, PcbinError)
    assert issubclass(InputError, ValueError)
