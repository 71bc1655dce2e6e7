"""Mixture files: what is written comes back, as formats/mixture-v1.md has it, and damage is found."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcbin.errors import UnsupportedVersion, WeightsCorrupt
from pcbin.formats.mixture_file import MixtureFile, check_mixture, dump_mixture, load_mixture

ID = bytes(range(8))


def mixture(components: int = 3, bits: int = 16, seed: int = 0) -> MixtureFile:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(components)).clip(1e-4)
    return MixtureFile(ID, weights / weights.sum(), rng.uniform(1e-3, 1 - 1e-3, (components, bits)))


def sealed(data: bytes) -> bytes:
    """`data` with a checksum that is right."""
    return data + struct.pack("<I", crc32(data))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_round_trip(components: int, width: int, seed: int) -> None:
    wanted = mixture(components, 8 * width, seed)
    data = dump_mixture(wanted)
    assert len(data) == 24 + 4 * components * (8 * width + 1)
    found = load_mixture(data)
    assert found.model_id == ID
    for mine, other in ((found.weights, wanted.weights), (found.means, wanted.means)):
        assert mine.dtype == np.float64
        np.testing.assert_array_equal(mine, other.astype(np.float32).astype(np.float64))
    assert dump_mixture(found) == data


@pytest.mark.parametrize(("components", "bits"), [(4096, 8), (1, 4096)])
def test_the_ends_of_what_is_allowed(components: int, bits: int) -> None:
    found = load_mixture(dump_mixture(mixture(components, bits)))
    assert found.means.shape == (components, bits)


def test_the_bytes_of_the_specification() -> None:
    """Written out by hand, field by field."""
    means = [[0.25] * 8, [0.5] * 7 + [0.75]]
    data = dump_mixture(MixtureFile(ID, np.array([0.375, 0.625]), np.array(means)))
    head = b"PCBM" + b"\x01\x00" + b"\x02\x00" + b"\x08\x00\x00\x00" + ID
    numbers = b"".join(struct.pack("<f", value) for value in (0.375, 0.625, *means[0], *means[1]))
    assert data == sealed(head + numbers)
    assert data.hex().startswith("5043424d0100020008000000" + "0001020304050607" + "0000c03e0000203f0000803e")


GOOD = dump_mixture(mixture())


@pytest.mark.parametrize("length", range(len(GOOD)))
def test_cut(length: int) -> None:
    with pytest.raises(WeightsCorrupt, match="pcbin models mixture"):
        load_mixture(GOOD[:length])


def test_every_changed_bit() -> None:
    for bit in range(8 * len(GOOD)):
        data = bytearray(GOOD)
        data[bit // 8] ^= 1 << bit % 8
        with pytest.raises((WeightsCorrupt, UnsupportedVersion)):
            load_mixture(bytes(data))


@settings(max_examples=300)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes(data: bytes, seal: bool) -> None:
    head = b"PCBM\x01\x00" + data
    with pytest.raises((WeightsCorrupt, UnsupportedVersion)):
        load_mixture(sealed(head) if seal else data)


def header(**changes: Any) -> Callable[[], bytes]:
    fields: dict[str, Any] = {"magic": b"PCBM", "version": 1, "zero": 0, "components": 3, "bits": 16}
    fields |= changes

    def make() -> bytes:
        count = min(fields["components"], 4097) * (min(fields["bits"], 4104) + 1)
        numbers = np.full(count, 0.5, "<f4")
        numbers[: fields["components"]] = 1 / max(1, fields["components"])
        return sealed(struct.pack("<4sBBHI8s", *fields.values(), ID) + numbers.tobytes())

    return make


@pytest.mark.parametrize(
    "make",
    [
        header(magic=b"PCBN"),
        header(zero=1),
        header(components=0),
        header(components=4097, bits=8),
        header(bits=0),
        header(bits=4),
        header(bits=12),
        header(bits=4104),
        header(bits=2**32 - 8),
        lambda: GOOD + b"\0",
        lambda: sealed(GOOD[:-4] + b"\0\0\0\0"),
        lambda: sealed(GOOD[:-8]),
    ],
)
def test_headers_that_break_a_rule(make: Callable[[], bytes]) -> None:
    """Their checksum is right, so only the rule can refuse them."""
    with pytest.raises(WeightsCorrupt, match=r"^here: "):
        load_mixture(make(), where="here")


def test_the_header_above_is_good_but_for_the_change() -> None:
    assert load_mixture(header()()).means.shape == (3, 16)


@pytest.mark.parametrize("version", [0, 2, 255])
def test_other_versions(version: int) -> None:
    with pytest.raises(UnsupportedVersion, match=f"mixture format {version}, this pcbin reads 1; upgrade"):
        load_mixture(header(version=version)())


@pytest.mark.parametrize(
    ("weights", "means", "message"),
    [
        ([0.5, 0.6], [0.5, 0.5], "sum to 1"),
        ([1.0, 0.0], [0.5, 0.5], "positive"),
        ([1.5, -0.5], [0.5, 0.5], "positive"),
        ([float("nan"), 0.5], [0.5, 0.5], "positive"),
        ([float("inf"), 0.5], [0.5, 0.5], "positive"),
        ([0.5, 0.5], [0.0, 0.5], "not between 0 and 1"),
        ([0.5, 0.5], [1.0, 0.5], "not between 0 and 1"),
        ([0.5, 0.5], [-0.1, 0.5], "not between 0 and 1"),
        ([0.5, 0.5], [float("nan"), 0.5], "not between 0 and 1"),
    ],
)
def test_numbers_that_are_no_mixture(weights: list[float], means: list[float], message: str) -> None:
    table = np.repeat(np.array(means)[:, None], 8, axis=1)
    with pytest.raises(ValueError, match=message):
        check_mixture(np.array(weights), table)
    with pytest.raises(WeightsCorrupt, match=message):
        load_mixture(dump_mixture(MixtureFile(ID, np.array(weights), table)))
