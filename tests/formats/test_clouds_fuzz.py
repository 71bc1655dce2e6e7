"""Damaged files: a cloud or an InputError, never anything else, and never a warning."""

from __future__ import annotations

import io
import struct
from importlib.util import find_spec

import numpy as np
import pytest
from test_clouds_dialects import ply_mesh

from pcbin.errors import InputError
from pcbin.formats.clouds import read_cloud, write_cloud

RNG = np.random.default_rng(0)
POINTS = RNG.uniform(-1, 1, (12, 3)).astype("f4")
FACES = [[0, 1, 2], [3, 4, 5, 6], [7, 8, 9]]
TOKENS = [
    b"0",
    b"-1",
    b"999999999999",
    b"1e400",
    b"nan",
    b"\n",
    b" ",
    b"\0",
    b"\xff" * 4,
    b"#",
    b"_",
    b"0x1",
    b";",
    b"/",
]


def written(format: str) -> bytes:
    target = io.BytesIO()
    write_cloud(target, POINTS, format)
    return target.getvalue()


def pcd(kind: str) -> bytes:
    header = b"VERSION .7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F U\nCOUNT 1 1 1 1\nWIDTH 12\nHEIGHT 1\n"
    header += b"VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 12\nDATA " + kind.encode() + b"\n"
    if kind == "ascii":
        return header + "".join(f"{x} {y} {z} 255\n" for x, y, z in POINTS.tolist()).encode()
    plain = POINTS.T.tobytes() + bytes(48)
    packed = b"".join(b"\x1f" + plain[k : k + 32] for k in range(0, 144, 32)) + b"\x00\x00" + b"\xe0\x16\x00"
    return header + struct.pack("<II", len(packed), 192) + packed


def npz_mixed() -> bytes:
    target = io.BytesIO()
    np.savez_compressed(target, points=POINTS, labels=np.arange(3))
    return target.getvalue()


SOLID = (
    b"solid a\n"
    + b"facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 2e-1\nendloop\nendfacet\n" * 2
)
SEEDS = {
    "ply binary": written("ply"),
    "ply mesh, text": ply_mesh(POINTS, FACES),
    "xyz": written("xyz"),
    "xyz counted": b"12\n" + written("xyz"),
    "csv": written("csv"),
    "npy": written("npy"),
    "npz": npz_mixed(),
    "off": b"OFF\n4 2 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n3 0 1 2\n4 0 1 2 3\n",
    "obj": b"v 0 0 0\nv 1 0 0\nv 1 1 0\nvn 0 0 1\nv 0 1 0\nf 1//1 2//1 3//1\nf -4 -3 -2 -1\nl 1 2\n",
    "stl": bytes(80)
    + struct.pack("<I", 4)
    + b"".join(struct.pack("<12fH", *RNG.random(12), 0) for _ in range(4)),
    "stl text": SOLID,
    "pcd": written("pcd"),
    "pcd ascii": pcd("ascii"),
    "pcd compressed": pcd("binary_compressed"),
}


if find_spec("plyfile"):  # trimesh does not read such meshes
    SEEDS["ply mesh"] = ply_mesh(POINTS, FACES, "binary_little_endian")


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """One to four random changes: bits, tokens in place of bytes, digits, cuts, repeats."""
    out = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        at = int(rng.integers(len(out) + 1))
        # Headers are where the damage is; half of all changes hit the first bytes.
        at = at if rng.random() < 0.5 else min(at, int(rng.integers(200)))
        kind = rng.integers(6)
        if kind == 0 and at < len(out):
            out[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            token = TOKENS[rng.integers(len(TOKENS))]
            out[at : at + int(rng.integers(3))] = token
        elif kind == 2:
            digits = [k for k, byte in enumerate(out) if 48 <= byte < 58]
            if digits:
                out[digits[rng.integers(len(digits))]] = int(rng.integers(48, 58))
        elif kind == 3:
            del out[at : at + int(rng.integers(1, 40))]
        elif kind == 4:
            out[at:at] = out[at : at + int(rng.integers(1, 40))]
        elif rng.random() < 0.3:
            del out[at:]
    return bytes(out)


def read(seed: str, data: bytes):
    return read_cloud(io.BytesIO(data), format=seed.split(maxsplit=1)[0], samples=16)


def check(seed: str, rounds: int, start: int) -> None:
    rejected = 0
    for round in range(rounds):
        data = mutated(SEEDS[seed], np.random.default_rng([start, round]))
        try:
            cloud = read(seed, data)
        except InputError:
            rejected += 1
        else:
            assert cloud.points.ndim == 2
            assert cloud.points.shape[1] == 3
            assert np.isfinite(cloud.points).all()
    assert rounds // 20 < rejected < rounds - rounds // 20


@pytest.mark.parametrize("seed", SEEDS)
def test_the_seeds_are_sound(seed):
    assert len(read(seed, SEEDS[seed]).points) >= 12


@pytest.mark.parametrize("seed", SEEDS)
def test_mutations(seed):
    check(seed, 300, 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_many_mutations(seed):
    check(seed, 20_000, 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_truncation(seed):
    data = SEEDS[seed]
    for length in range(0, len(data), max(1, len(data) // 60)):
        try:
            read(seed, data[:length])
        except InputError:
            continue


@pytest.mark.parametrize("format", ["ply", "xyz", "csv", "npy", "npz", "off", "obj", "stl", "pcd"])
def test_random_bytes_and_other_formats(format):
    rng = np.random.default_rng(5)
    for data in [rng.bytes(int(n)) for n in rng.integers(1, 400, 40)] + list(SEEDS.values()):
        try:
            read_cloud(io.BytesIO(data), format=format, samples=16)
        except InputError:
            continue
