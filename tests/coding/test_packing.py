"""Packed codes: costs as entropy coding has them, codes that fit, and files that say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import pcbin
from pcbin import Codec
from pcbin.arrays import pack_bits
from pcbin.cli.program import program
from pcbin.coding.matching import signs_of
from pcbin.coding.rate import LOST, Rate
from pcbin.errors import InputError, ModelNotFound
from pcbin.formats import pcb
from pcbin.formats.clouds import read_cloud
from pcbin.formats.entropy import Table
from pcbin.models.model import Model


def table(bits: int = 64, components: int = 5, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 1 << 20, components).astype(np.uint32)
    weights[0] += (1 << 24) - weights.sum(dtype=np.uint32)
    means = (65536 * rng.beta(0.4, 0.4, (components, bits))).clip(64, 65472).astype(np.uint16)
    return Table(weights, means)


def drawn(some: Table, count: int, seed: int = 0) -> Any:
    """Codes that are likely under one component each."""
    rng = np.random.default_rng(seed)
    chosen = rng.integers(len(some.weights), size=count)
    return pack_bits(rng.random((count, some.bits)) < some.means[chosen] / 65536)


def test_costs_are_those_of_the_table() -> None:
    some = table()
    rate = Rate(some, 32)
    codes = drawn(some, 50)
    for length in (8, 40, 64):
        expected = some.cost(codes[:, : length // 8])
        found = [rate.of(signs_of(code[: length // 8])).bits for code in codes]
        np.testing.assert_allclose(found, expected, atol=0.05)  # weights are whole numbers there


def test_costs_of_flips_are_differences() -> None:
    some = table()
    rate = Rate(some, 32)
    signs = signs_of(drawn(some, 1)[0])
    cost = rate.of(signs)
    for bit in range(some.bits):
        other = signs.copy()
        other[bit] *= -1
        assert cost.flips[bit] == pytest.approx(rate.of(other).bits - cost.bits, abs=1e-3)


def test_what_fits_by_its_cost_fits_as_bytes() -> None:
    some = table()
    for code in drawn(some, 300):
        cost = Rate(some, 64).of(signs_of(code)).bits
        needed = 8 * int(np.ceil((cost + LOST) / 8))
        assert Rate(some, needed).fits(cost)
        assert 8 * len(some.encode(code.tobytes())) <= needed


@pytest.mark.parametrize("bits", [16, 32])
def test_the_longest_prefix_that_fits(bits: int) -> None:
    some = table()
    rate = Rate(some, bits)
    lengths = []
    for code in drawn(some, 30):
        signs = signs_of(code)
        found = rate.longest(signs)
        assert found >= bits
        assert found == bits or rate.fits(rate.of(signs[:found]).bits)
        assert not any(rate.fits(rate.of(signs[:more]).bits) for more in range(found + 8, 72, 8))
        lengths.append(found)
    assert max(lengths) > bits


@pytest.fixture(scope="module")
def chairs(root: Path) -> list[Any]:
    return [read_cloud(root / "examples" / f"{name}.ply").points for name in ("chair", "armchair", "led")]


@pytest.mark.parametrize("effort", [0, 1])
def test_files_are_no_larger_and_say_so(effort: int, chairs: list[Any], tmp_path: Path) -> None:
    """The LED is unlike a chair: its code is unlikely, and has little room, or none."""
    codec = Codec("chair", effort=effort, pack=True, warn=False, orient="keep")
    plain = Codec("chair", effort=effort, warn=False, orient="keep")
    bits = []
    for points, data in zip(chairs, codec.encode_many(chairs), strict=True):
        assert len(data) <= len(plain.encode(points))
        single = pcb.loads(data)
        assert len(single.stored) <= 16
        assert single.entropy_coded == (single.code_bits > 128)
        bits.append(single.code_bits)
        np.testing.assert_array_equal(pcbin.decompress(data), codec.decode(data))
        path = tmp_path / "packed.pcb"
        path.write_bytes(data)
        told = json.loads(CliRunner().invoke(program, ["info", "--json", str(path)]).stdout)
        assert told["code_bits"] == single.code_bits
        if single.entropy_coded:
            assert told["entropy_coded_bits"] == 8 * len(single.stored)
    assert not effort or bits[0] > 128


def test_packed_codes_come_nearer(chairs: list[Any]) -> None:
    found = {}
    for pack in (False, True):
        codec = Codec("chair", effort=2, pack=pack, warn=False, orient="keep")
        coded = list(codec.code_many(chairs[:2]))
        found[pack] = sum(one.chamfer for one in coded)  # type: ignore[union-attr, misc]
        for one, points in zip(coded, chairs, strict=False):
            assert one.chamfer == pytest.approx(one.evaluate(points).chamfer, rel=1e-3)  # type: ignore[union-attr]
            assert one.evaluate(points).payload_bits <= 128  # type: ignore[union-attr]
    assert found[True] < found[False]


def test_a_code_without_its_model_is_not_read(chairs: list[Any]) -> None:
    data = Codec("chair", effort=1, pack=True).encode(chairs[0])
    with pytest.raises(ModelNotFound, match="entropy coded with the table of model"):
        _ = pcb.loads(data).code


@pytest.mark.parametrize("bits", [16, 64, 512])
def test_every_length(bits: int, chairs: list[Any]) -> None:
    codec = Codec("chair", bits=bits, effort=1, pack=True, warn=False, orient="keep")
    coded = codec.code(chairs[0])
    assert bits <= coded.bits <= 512
    assert coded.payload_bits <= bits


def test_auto_packs_what_has_a_table(chairs: list[Any]) -> None:
    data = pcbin.compress(chairs[0], pack=True, effort=1, warn=False)
    single = pcb.loads(data)
    assert len(single.stored) <= 16
    assert pcbin.decompress(data).shape[1] == 3


def test_cell_codes_are_as_they_are(chairs: list[Any]) -> None:
    assert pcbin.compress(chairs[0], model="cells", bits=192, effort=0, pack=True) == pcbin.compress(
        chairs[0], model="cells", bits=192, effort=0
    )


def test_where_it_makes_no_sense(tiny: Model, image_parts: Callable[..., Any], chairs: list[Any]) -> None:
    with pytest.raises(InputError, match="carries no table for entropy coding"):
        Codec(tiny, pack=True)
    with pytest.raises(InputError, match="pack is for codes of clouds"):
        Codec(Model.from_parts(*image_parts()), pack=True)
    with pytest.raises(InputError, match="pack fills the bits"):
        Codec("chair", pack=True, max_chamfer=1e-3)
    with pytest.raises(InputError, match="pack fills the bits"):
        Codec("chair", pack=True, complete=True)
    with pytest.raises(InputError, match="omit pack"):
        Codec("chair", pack=True).codes(chairs[:1])
    found = CliRunner().invoke(program, ["encode", "a.ply", "b.ply", "-o", "all.pcb", "--pack"])
    assert found.exit_code == 2
    assert "omit --pack" in found.stderr
