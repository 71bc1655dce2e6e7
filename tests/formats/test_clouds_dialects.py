"""Small files of every dialect, as other programs write them."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import Any

import numpy as np
import pytest

from pcbin.errors import InputError
from pcbin.formats.clouds import lzf, read_cloud

POINTS = np.array([[1.0, 2.0, 3.0], [-4.0, 5.5, 6e-3]])
TRIANGLE = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])


def read(data: bytes | str, format: str, **options):
    return read_cloud(io.BytesIO(data.encode() if isinstance(data, str) else data), format=format, **options)


TABLES = {
    "spaces": ("1 2 3\n-4 5.5 6e-3\n", ()),
    "tabs, no last newline": ("1\t2\t3\n-4\t5.5\t6e-3", ()),
    "windows": ("\ufeff1 2 3\r\n-4 5.5 6e-3\r\n\r\n", ()),
    "old mac": ("1 2 3\r-4 5.5 6e-3\r", ()),
    "commas": ("1,2,3\n-4, 5.5, 6e-3\n", ()),
    "trailing comma": ("1,2,3,\n-4,5.5,6e-3,\n", ()),
    "semicolons": ("1;2;3\n-4;5.5;6e-3\n", ()),
    "decimal commas": ("x;y;z\n1,0;2,0;3,0\n-4,0;5,5;0,006\n", ()),
    "quoted numbers": ('"1","2","3"\n"-4","5.5","6e-3"\n', ()),
    "quoted text": ('"name","x","y","z"\n"a, b","1","2","3"\nc,-4,5.5,6e-3\n', ("name",)),
    "quotes and spaces": ('"1" "2" "3"\n"-4" 5.5 6e-3\n', ()),
    "quoted decimal commas": ('"1,0";"2,0";"3,0"\n"-4,0";"5,5";"0,006"\n', ()),
    "decimal commas, no header": ("1,0;2,0;3,0\n-4,0;5,5;0,006\n", ()),
    "comments": ("# cloud\n\n1 2 3 # first\n// more\n-4 5.5 6e-3\n", ()),
    "header": ("X Y Z\n1 2 3\n-4 5.5 6e-3\n", ()),
    "quoted header, other order": ('"id","z","x","y"\n7,3,1,2\n8,6e-3,-4,5.5\n', ("id",)),
    "pandas": (",x,y,z\n0,1,2,3\n1,-4,5.5,6e-3\n", ()),
    "header without x, y, z": ("e,n,up,nx,ny,nz,id\n1,2,3,0,0,1,a\n-4,5.5,6e-3,0,0,1,b\n", ("normals", "id")),
    "commented header": ("//X Y Z R G B\n1 2 3 0 0 0\n-4 5.5 6e-3 0 0 0\n", ("colours",)),
    "paraview": ('"r","Points:0","Points:1","Points:2"\n0,1,2,3\n0,-4,5.5,6e-3\n', ("colours",)),
    "a fourth column": ("1 2 3 9\n-4 5.5 6e-3 9\n", ("column 4",)),
    "more columns": ("1 2 3 0 0 1 chair\n-4 5.5 6e-3 0 0 1 chair\n", ("columns 4 to 7",)),
    "pts": ("2\n1 2 3 100 0 0 0\n-4 5.5 6e-3 90 0 0 0\n", ("columns 4 to 7",)),
    "chemistry": ("2\nwater, almost\nO 1 2 3\nH -4 5.5 6e-3\n", ("element symbols",)),
    "chemistry, empty comment": ("2\n\nO 1 2 3\nH -4 5.5 6e-3\n", ("element symbols",)),
}  # fmt: skip


@pytest.mark.parametrize("dialect", TABLES)
@pytest.mark.parametrize("format", ["xyz", "csv", "txt", ".pts", "asc"])
def test_tables(dialect, format):
    text, dropped = TABLES[dialect]
    cloud = read(text, format)
    np.testing.assert_array_equal(cloud.points, POINTS)
    assert cloud.dropped == dropped


@pytest.mark.parametrize("first", ["3\n", "x y z i\n", "3\nwater\n"])
def test_three_points_with_more_columns_say_so(first):
    symbol = "O " if "water" in first else ""
    cloud = read(first + f"{symbol}1 2 3 9\n{symbol}4 5 6 9\n{symbol}7 8 9 9\n", "xyz")
    np.testing.assert_array_equal(cloud.points, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])


def ply(kind: str, body: bytes, properties: str = "float x float y float z", more: str = "") -> bytes:
    words = properties.split()
    lines = [f"property {t} {n}" for t, n in zip(words[::2], words[1::2], strict=True)]
    header = [
        "ply",
        f"format {kind} 1.0",
        "comment made by hand",
        "element vertex 2",
        *lines,
        *more.split("\n"),
    ]
    return ("\n".join(filter(None, header)) + "\nend_header\n").encode() + body


@pytest.mark.parametrize("type", ["float", "float32", "double", "float64"])
def test_ply_ascii(type):
    data = ply("ascii", b"1 2 3\n-4 5.5 0.006\n", f"{type} x {type} y {type} z")
    np.testing.assert_allclose(read(data, "ply").points, POINTS, rtol=1e-6)
    np.testing.assert_array_equal(read(data.replace(b"\n", b"\r\n"), "ply").points, read(data, "ply").points)


@pytest.mark.parametrize(("kind", "mark"), [("binary_little_endian", "<"), ("binary_big_endian", ">")])
@pytest.mark.parametrize(
    ("type", "code"), [("double", "d"), ("float", "f"), ("short", "h"), ("int8", "b"), ("uint", "I")]
)
def test_ply_binary(kind, mark, type, code):
    body = struct.pack(f"{mark}B3{code}B3{code}", 7, 1, 2, 3, 7, 4, 5, 6)
    cloud = read(ply(kind, body, f"uchar intensity {type} x {type} y {type} z"), "ply")
    np.testing.assert_array_equal(cloud.points, [[1, 2, 3], [4, 5, 6]])
    assert cloud.dropped == ("intensity",)


def test_ply_drops():
    names = "float x float y float z float nx float ny float nz uchar red uchar green uchar blue uchar alpha"
    more = "element camera 1\nproperty float focal\nelement face 0\nproperty list uchar int vertex_indices"
    body = b"1 2 3 0 0 1 9 9 9 9\n-4 5.5 6e-3 0 0 1 9 9 9 9\n5\n"
    assert read(ply("ascii", body, names, more), "ply").dropped == ("normals", "colours", "camera")


def ply_mesh(corners, faces, kind="ascii", *, more="", key="vertex_indices") -> bytes:
    """(V, 3) corners and polygons, each with a uchar after it if there is `more`, a property of faces."""
    element = f"element face {len(faces)}\nproperty list uchar int {key}\n{more}"
    head = ply(kind, b"", more=element).replace(b"vertex 2", b"vertex %d" % len(corners))
    if kind == "ascii":
        rows = [*corners.tolist(), *([len(face), *face, *([7] if more else [])] for face in faces)]
        return head + "".join(" ".join(map(str, row)) + "\n" for row in rows).encode()
    mark = "<" if "little" in kind else ">"
    body = corners.astype(f"{mark}f4").tobytes()
    for face in faces:
        body += struct.pack(f"{mark}B{len(face)}i", len(face), *face) + (b"\7" if more else b"")
    return head + body


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", ">f4", "<f2", "<i4", ">i2", "|u1", "|b1"])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_npy(dtype, order, version):
    points = np.asarray([[1, 0, 1], [0, 1, 1]], dtype=dtype, order=order)
    target = io.BytesIO()
    np.lib.format.write_array(target, points, version=version)
    np.testing.assert_array_equal(read(target.getvalue(), "npy").points, [[1, 0, 1], [0, 1, 1]])


def npz(**named: Any) -> bytes:
    target = io.BytesIO()
    np.savez_compressed(target, **named)
    return target.getvalue()


def test_npz_keys():
    only = read(npz(scan=np.c_[POINTS, POINTS]), "npz")
    np.testing.assert_array_equal(only.points, POINTS)
    assert only.dropped == ("columns 4 to 6",)
    chosen = read(npz(labels=np.zeros(2), points=POINTS), "npz")
    np.testing.assert_array_equal(chosen.points, POINTS)
    assert chosen.dropped == ("labels",)


def test_npz_by_name():
    data = npz(a=POINTS, points=2 * POINTS, label=np.zeros(2))
    np.testing.assert_array_equal(read(data, "npz", array="a").points, POINTS)
    assert read(data, "npz", array="a").dropped == ("points", "label")
    with pytest.raises(
        InputError, match=r"none of its arrays \(a, points, label\) is called 'b'; name one: array"
    ):
        read(data, "npz", array="b")
    with pytest.raises(InputError, match=r"label'\): shape \(2,\)"):
        read(data, "npz", array="label")
    with pytest.raises(InputError, match="xyz files have no named arrays; omit array='a'"):
        read("1 2 3\n", "xyz", array="a")


def test_npz_by_another_zip_program():
    array, target = io.BytesIO(), io.BytesIO()
    np.save(array, POINTS)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("readme.txt", "hello")
        archive.writestr("points.npy", array.getvalue())
    np.testing.assert_array_equal(read(target.getvalue(), "npz").points, POINTS)


OFFS = {
    "plain": ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", ()),
    "counts beside": ("OFF 3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", ()),
    "glued as in ModelNet": ("OFF3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n", ()),
    "two counts, comments": ("# x\nOFF # y\n\n3 1\n0 0 0\n1 0 0 # z\n\n0 1 0\n3 0 1 2\n", ()),
    "face colours": ("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2 255 0 0\n", ("face colours",)),
    "COFF": ("COFF\n3 1 0\n0 0 0 9 9 9 9\n1 0 0 9 9 9 9\n0 1 0 9 9 9 9\n3 0 1 2\n", ("colours",)),
    "NOFF": ("NOFF\n3 1 0\n0 0 0 0 0 1\n1 0 0 0 0 1\n0 1 0 0 0 1\n3 0 1 2\n", ("normals",)),
    "CNOFF": ("CNOFF\n3 1 0\n0 0 0 0 0 1 9 9 9 9\n1 0 0 0 0 1 9 9 9 9\n0 1 0 0 0 1 9 9 9 9\n3 0 1 2\n",
              ("colours", "normals")),
    "edges and points too": ("OFF\n3 3 0\n0 0 0\n1 0 0\n0 1 0\n1 0\n3 0 1 2\n2 0 1\n", ()),
}  # fmt: skip


@pytest.mark.parametrize("dialect", OFFS)
def test_off(dialect):
    text, dropped = OFFS[dialect]
    cloud = read(text, "off", samples=7)
    assert cloud.sampled_from == "mesh of 1 triangle"
    assert cloud.dropped == dropped
    vertices = read(text, "off", samples=0)
    np.testing.assert_array_equal(vertices.points, TRIANGLE)
    assert vertices.dropped == (*dropped, "faces")


SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"
OBJS = {
    "square": (SQUARE + "f 1 2 3 4\n", 2, ()),
    "triangles": (SQUARE + "f 1 2 3\nf 1 3 4\n", 2, ()),
    "mixed": (SQUARE + "v 0 0 1\nf 1 2 3 4\nf 1 2 5\n", 3, ()),
    "negative": ("v 9 9 9\n" + SQUARE + "f -4 -3 -2 -1\nv 8 8 8\n", 2, ()),
    "v/vt/vn": (SQUARE + "vt 0 0\nvn 0 0 1\nf 1/1/1 2/1/1 3/1/1 4/1/1\n", 2,
                ("texture coordinates", "normals")),
    "v//vn": (SQUARE + "vn 0 0 1\nf 1//1 2//1 3//1\n", 1, ("normals",)),
    "v/vt": (SQUARE + "vt 0 0\nf 1/1 2/1 3/1\n", 1, ("texture coordinates",)),
    "negative v//vn": (SQUARE + "vn 0 0 1\nf -4//-1 -3//-1 -2//-1\n", 1, ("normals",)),
    "the rest of a file": (
        "# Blender\nmtllib a.mtl\no Cube\ng side\ns off\nusemtl m\n" + SQUARE + "l 1 2\nf 1 2 3 4\n",
        2,
        ("materials", "lines"),
    ),
    "continued": (SQUARE + "f 1 2 \\\n 3 4\n", 2, ()),
    "windows": ((SQUARE + "f 1 2 \\\n 3 4\n").replace("\n", "\r\n"), 2, ()),
    "with colours": (SQUARE.replace("v", "  v").replace("\n", " 1 0 0\n") + "\tf\t1 2\t3", 1, ("colours",)),
}  # fmt: skip


@pytest.mark.parametrize("dialect", OBJS)
def test_obj(dialect):
    text, triangles, dropped = OBJS[dialect]
    cloud = read(text, "obj", samples=9)
    assert cloud.sampled_from == f"mesh of {triangles} triangle{'' if triangles == 1 else 's'}"
    assert cloud.dropped == dropped
    assert (cloud.points >= 0).all()
    assert (cloud.points <= 1).all()


def test_obj_and_off_of_points_only():
    for format, text in (("obj", "v 1 2 3\nv -4 5.5 6e-3\n"), ("off", "OFF\n2 0 0\n1 2 3\n-4 5.5 6e-3\n")):
        cloud = read(text, format)
        np.testing.assert_array_equal(cloud.points, POINTS)
        assert cloud.sampled_from is None


FACET = (
    "facet normal 0 0 1\n outer loop\n  vertex 0 0 0\n  vertex 1 0 0\n  vertex 0 1 0\n endloop\nendfacet\n"
)


def stl(header: bytes, attribute: int = 0, tail: bytes = b"") -> bytes:
    return header.ljust(80) + struct.pack("<I12fH", 1, 0, 0, 1, *TRIANGLE.ravel(), attribute) + tail


@pytest.mark.parametrize(
    ("data", "dropped"),
    [
        (f"solid part\n{FACET}endsolid part\n".encode(), ("facet normals",)),
        (f"  SOLID\r\n{FACET.upper()}ENDSOLID\r\n".encode(), ("facet normals",)),
        (stl(b"exported"), ("facet normals",)),
        (stl(b"solid, says the header, and lies"), ("facet normals",)),
        (stl(b"solid and with bytes behind", tail=b"\0\0\0"), ("facet normals",)),
        (stl(b"COLOR=", attribute=31), ("facet normals", "attributes")),
    ],
)
def test_stl(data, dropped):
    cloud = read(data, "stl", samples=0)
    np.testing.assert_array_equal(cloud.points, TRIANGLE)
    assert cloud.dropped == (*dropped, "faces")
    assert read(data, "stl").points.shape == (2048, 3)


MIXED = "FIELDS rgb x y z\nSIZE 4 4 8 2\nTYPE U F F I\n"
DESCRIPTORS = "FIELDS fpfh x y z\nSIZE 4 4 4 4\nTYPE F F F F\nCOUNT 3 1 1 1\n"


def pcd(kind: str, body: bytes, fields: str = MIXED) -> bytes:
    header = f"# .PCD v.7\nVERSION .7\n{fields}WIDTH 2\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 2\n"
    return f"{header}DATA {kind}\n".encode() + body


EXPECTED = [[1.5, 2.25, 3], [-4, 5, -6]]


def lzf_of(data: bytes) -> bytes:
    """A simple compressor: copies of the longest kind for runs of one byte, literals for the rest."""
    out, at = bytearray(), 0
    while at < len(data):
        run = 1
        while run < 264 and at + run < len(data) and data[at + run] == data[at]:
            run += 1
        out += bytes([0, data[at]])
        copy = run - 1
        if copy >= 9:
            out += bytes([7 << 5, copy - 9, 0])
        elif copy >= 3:
            out += bytes([copy - 2 << 5, 0])
        else:
            run = 1
        at += run
    return bytes(out)


def test_pcd():
    ascii = read(pcd("ascii", b"255 1.5 2.25 3\n255 -4 5 -6\n"), "pcd")
    binary = read(pcd("binary", struct.pack("<IfdhIfdh", 255, 1.5, 2.25, 3, 255, -4, 5, -6)), "pcd")
    columns = struct.pack("<2I2f2d2h", 255, 255, 1.5, -4, 2.25, 5, 3, -6)
    packed = lzf_of(columns)
    body = struct.pack("<II", len(packed), len(columns)) + packed
    compressed = read(pcd("binary_compressed", body), "pcd")
    for cloud in (ascii, binary, compressed):
        np.testing.assert_array_equal(cloud.points, EXPECTED)
        assert cloud.dropped == ("colours",)


def test_pcd_fields_of_several_cells_and_organised():
    data = pcd("ascii", b"9 9 9 1.5 2.25 3\n9 9 9 -4 5 -6\n", DESCRIPTORS)
    data = data.replace(b"WIDTH 2\nHEIGHT 1", b"WIDTH 1\nHEIGHT 2").replace(b"VIEWPOINT 0", b"VIEWPOINT 2")
    cloud = read(data.replace(b"POINTS 2\n", b""), "pcd")
    np.testing.assert_array_equal(cloud.points, EXPECTED)
    assert cloud.dropped == ("fpfh", "rows and columns", "viewpoint")


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        (b"\x02abc", b"abc"),
        (b"\x02abc\x20\x02", b"abcabc"),  # three bytes from three back
        (b"\x00a\xe0\x00\x00", b"a" * 10),  # overlapping, the long form
        (b"\x01ab\x40\x01", b"ababab"),  # overlapping by a pattern of two
        (b"", b""),
    ],
)
def test_lzf(packed, plain):
    assert lzf.decompress(packed, len(plain)) == plain


@pytest.mark.parametrize("run", range(1, 300, 7))
def test_lzf_runs(run):
    plain = b"x" * run + b"yz" + bytes(run)
    assert lzf.decompress(lzf_of(plain), len(plain)) == plain


@pytest.mark.parametrize(
    ("packed", "size", "problem"),
    [
        (b"\x05abc", 6, "too early"),
        (b"\x00a\x20", 4, "too early"),
        (b"\x00a\xe0\x01", 11, "too early"),
        (b"\x00a\xe0", 11, "too early"),
        (b"\x00a\x20\x05", 4, "before the beginning"),
        (b"\x02abc", 2, "beyond 2"),
        (b"\x02abc", 4, "to 3 bytes, not 4"),
    ],
)
def test_lzf_errors(packed, size, problem):
    with pytest.raises(ValueError, match=problem):
        lzf.decompress(packed, size)


NAN = float("nan")
DEPTH = {
    "pcd": pcd("binary", struct.pack("<IfdhIfdh", 255, 1.5, 2.25, 3, 255, NAN, 5, -6)),
    "ply": ply("binary_little_endian", struct.pack("<6f", 1.5, 2.25, 3, NAN, NAN, NAN)),
    "xyz": b"1.5 2.25 3\nnan nan nan\n",
    "csv": b"x,y,z\n1.5,2.25,3\ninf,0,0\n",
}


@pytest.mark.parametrize("format", DEPTH)
def test_points_of_depth_cameras_that_saw_nothing(format):
    with pytest.raises(InputError, match=r"1 of 2 points have NaN .* \(--drop-nan on the command"):
        read(DEPTH[format], format)
    cloud = read(DEPTH[format], format, drop_nan=True)
    np.testing.assert_array_equal(cloud.points, [[1.5, 2.25, 3]])
    assert cloud.dropped_points == 1
    assert cloud.notes == ("1 point with NaN or infinite coordinates dropped",)
    with pytest.raises(InputError, match="none of its 1 points is finite; export it again"):
        read("nan 1 2\n", "xyz", drop_nan=True)
