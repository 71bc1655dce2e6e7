"""Bytes that no encoder wrote, through the shipped model."""

from __future__ import annotations

import time

import numpy as np
import pytest
from bitarray import bitarray
from bitarray.util import zeros

import pcbin
from pcbin.errors import FormatError, ModelNotFound
from pcbin.formats import pcb
from pcbin.models import zoo
from pcbin.models.cells.codes import decode, encode


def tried(count: int, longest: int, seed: int) -> int:
    """Decodes random codes; how many were some object's. Each is refused, or is the code of what it decodes
    to."""
    cells = zoo.load("cells").cells
    assert cells is not None
    rng, valid = np.random.default_rng(seed), 0
    for _ in range(count):
        code = rng.bytes(int(rng.integers(1, longest + 1)))
        try:
            [one] = decode(cells.context, [code])
        except FormatError:
            continue
        valid += 1
        assert encode(cells.context, [one])[0].rstrip(b"\0") == code.rstrip(b"\0")
    return valid


def test_random_bytes_are_refused_or_somebodys_code() -> None:
    assert tried(200, 40, 0) < 200


def test_every_truncation_and_flip_of_a_file_is_refused() -> None:
    cloud = np.random.default_rng(4).normal(size=(300, 3)) * [3, 2, 1]
    data = pcbin.compress(cloud, model="cells", bits=128, effort=0)
    for end in range(len(data)):
        with pytest.raises(FormatError):
            pcbin.decompress(data[:end])
    for place in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[place // 8] ^= 1 << place % 8
        with pytest.raises((FormatError, ModelNotFound)):
            pcbin.decompress(bytes(damaged))


def test_every_truncation_and_flip_of_a_code_is_refused_or_decodes() -> None:
    """With the checksum mended, damage may give another object's code; it never takes long."""
    cloud = np.random.default_rng(4).normal(size=(300, 3)) * [3, 2, 1]
    whole = pcb.loads(pcbin.compress(cloud, model="cells", bits=128, effort=0))
    flips = [whole.code ^ one_bit(len(whole.code), place) for place in range(len(whole.code))]
    codes = [whole.code[:end] for end in range(8, len(whole.code), 8)] + flips
    decoded, began = 0, time.process_time()
    for code in codes:
        try:
            points = pcbin.decompress(pcb.dumps(code, whole.model_id, pose=whole.pose))
        except FormatError:
            continue
        decoded += 1
        assert np.isfinite(points).all()
    assert 0 < decoded < len(codes)
    assert time.process_time() - began < 60  # a cap on the work, not a race: 0.4 s for each of them


def one_bit(size: int, place: int) -> bitarray:
    found = zeros(size, "little")
    found[place] = 1
    return found


@pytest.mark.slow
def test_many_random_codes_and_the_longest() -> None:
    tried(2_000, 64, 2)
    began = time.process_time()
    tried(20, 512, 3)
    assert time.process_time() - began < 60  # a cap of the cells, not a race: 16,384 a level
