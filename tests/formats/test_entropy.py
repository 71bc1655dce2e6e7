"""The entropy coder alone: exact, as short as the probabilities allow, and of one form."""

from __future__ import annotations

import contextlib
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcbin.errors import FormatError, InputError, PcbinError
from pcbin.formats import entropy
from pcbin.formats.entropy import ONE, WEIGHT_SUM, Table, _lanes, _mixture, _single


def random_table(components: int, bits: int, seed: int = 0, *, sharpness: float = 3.0) -> Table:
    """sharpness: the larger, the nearer to 0 and 1 are the probabilities."""
    rng = np.random.default_rng(seed)
    weights = 1 + rng.multinomial(WEIGHT_SUM - components, rng.dirichlet(np.ones(components)))
    means = rng.beta(1 / sharpness, 1 / sharpness, (components, bits)) * ONE
    return Table(weights, means.astype(int).clip(1, ONE - 1))


def draw(table: Table, count: int, seed: int = 0) -> Any:
    """(count, K / 8) codes that the table is right about."""
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(table.weights), count, p=table.weights / WEIGHT_SUM)
    return np.packbits(
        rng.integers(0, ONE, (count, table.bits)) < table.means[rows], axis=1, bitorder="little"
    )


def brute_force(table: Table, code: Any) -> float:
    """-log2 of a code's probability under the mixture, exactly; the definition, not the recursion."""
    bits = np.unpackbits(code, bitorder="little").tolist()
    total = Fraction(0)
    for weight, means in zip(table.weights.tolist(), table.means.tolist(), strict=True):
        probability = Fraction(weight, WEIGHT_SUM)
        for bit, mean in zip(bits, means, strict=False):
            probability *= Fraction(mean if bit else ONE - mean, ONE)
        total += probability
    return math.log2(total.denominator) - math.log2(total.numerator)


tables = st.builds(
    random_table,
    st.integers(1, 9),
    st.integers(1, 6).map(lambda size: 8 * size),
    st.integers(0, 2**32 - 1),
    sharpness=st.sampled_from([0.1, 1.0, 5.0, 50.0]),
)


@settings(max_examples=60)
@given(tables, st.data())
def test_one_code_round_trip(table: Table, data: st.DataObject) -> None:
    """Any code, also one that the table thinks impossible, of any length up to the table's."""
    size = data.draw(st.integers(1, table.bits // 8))
    code = data.draw(st.binary(min_size=size, max_size=size))
    coded = table.encode(code)
    assert table.decode(coded, 8 * size) == code
    cost = table.cost(np.frombuffer(code, np.uint8)[None])[0]
    assert len(coded) <= math.ceil(cost / 8) + 1
    assert not coded.endswith(b"\0")


@settings(max_examples=40)
@given(tables, st.integers(0, 300), st.integers(0, 2**32 - 1), st.booleans(), st.data())
def test_many_codes_round_trip(
    table: Table, count: int, seed: int, likely: bool, data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, table.bits // 8))
    codes = draw(table, count, seed)
    if not likely:
        codes = np.random.default_rng(seed).integers(0, 256, codes.shape, np.uint8)
    codes = codes[:, :size]
    coded = table.encode_many(codes)
    np.testing.assert_array_equal(table.decode_many(coded, count, size), codes)
    lanes = _lanes.lanes_of(count)
    # rounding of a state, up to 0.3 bits where it is small, and 3 bytes of each lane's state
    assert 8 * len(coded) <= 1.01 * table.cost(codes).sum() + 0.02 * codes.size * 8 + 32 * lanes


@pytest.mark.parametrize("count", [1, 31, 32, 63, 64, 65, 4095, 4096, 4097, 5000])
def test_counts_around_the_lanes(count: int) -> None:
    table = random_table(3, 8)
    codes = draw(table, count)
    np.testing.assert_array_equal(table.decode_many(table.encode_many(codes), count, 1), codes)


def test_lanes() -> None:
    assert [_lanes.lanes_of(n) for n in (1, 63, 64, 4095, 4096, 65_536)] == [1, 1, 2, 127, 128, 128]


def test_the_cost_is_that_of_the_mixture() -> None:
    for components, bits in ((1, 8), (5, 64), (40, 128)):
        table = random_table(components, bits, components)
        codes = draw(table, 20)
        exact = [brute_force(table, code) for code in codes]
        np.testing.assert_allclose(table.cost(codes), exact, rtol=1e-3, atol=0.01)
        prefix = codes[:, : bits // 16 or 1]
        np.testing.assert_allclose(
            table.cost(prefix), [brute_force(table, code) for code in prefix], rtol=1e-3, atol=0.01
        )
        assert (
            8 * len(table.encode_many(draw(table, 4000))) < 1.02 * table.cost(draw(table, 4000)).sum() + 4096
        )


def test_long_codes_of_many_components() -> None:
    """The largest table keeps within 64 bits: the extremes of the specification."""
    weights = np.ones(4096, int)
    weights[-1] = WEIGHT_SUM - 4095
    table = Table(weights, np.full((4096, 64), ONE - 1))
    assert table.cost(np.full((1, 8), 255, np.uint8))[0] < 0.01
    assert table.cost(np.zeros((1, 8), np.uint8))[0] == pytest.approx(64 * 16, rel=1e-9)
    assert table.encode(bytes([255] * 8)) == b""
    assert table.decode(b"", 64) == bytes([255] * 8)
    rng = np.random.default_rng(0)
    long = Table([WEIGHT_SUM - 1, 1], rng.choice([1, 30_000, ONE - 1], (2, 4096)))
    code = rng.bytes(512)
    assert long.decode(long.encode(code), 4096) == code
    codes = rng.integers(0, 256, (3, 512), np.uint8)
    np.testing.assert_array_equal(long.decode_many(long.encode_many(codes), 3, 512), codes)


def reference(table: Table, code: Any) -> list[int]:
    """The probabilities, as section 8.2 of the specification has them, in Python's integers."""
    w, found = [4096 * weight for weight in table.weights.tolist()], []
    for i, bit in enumerate(np.unpackbits(code, bitorder="little").tolist()):
        m = table.means[:, i].tolist()
        found.append(sum(a * b for a, b in zip(w, m, strict=True)) // sum(w))
        q = [a * (b if bit else ONE - b) for a, b in zip(w, m, strict=True)]
        r = 0 if max(q) < 2**36 else 8 if max(q) < 2**44 else 16
        w = [max(1, a >> r) for a in q]
        assert max(w) <= 2**36
    return found


def test_the_chances_are_those_of_the_specification() -> None:
    """The only place where machines could differ: nothing but integers, and none overflows."""
    for components in (1, 2, 7, 300):
        table = random_table(components, 64, components, sharpness=20.0)
        codes = np.concatenate([draw(table, 5), np.random.default_rng(0).integers(0, 256, (5, 8), np.uint8)])
        bits = np.unpackbits(codes, axis=1, bitorder="little").astype(bool)
        probabilities = _mixture.all_probabilities(table._wide, table._columns, bits)
        assert probabilities.dtype == np.uint64
        assert probabilities.T.tolist() == [reference(table, code) for code in codes]
        predictor = _mixture.Predictor(table._wide, table._columns, 10)
        for bit in range(64):
            assert predictor.probabilities(bit).dtype == np.uint64
            predictor.update(bits[:, bit])
            assert predictor._weights.dtype == predictor._products.dtype == np.uint64


@settings(max_examples=150)
@given(st.binary(max_size=12))
def test_any_bytes_are_a_code_or_refused(data: bytes) -> None:
    table = random_table(3, 32, 1)
    try:
        code = table.decode(data, 32)
    except FormatError:
        return
    assert table.encode(code) == data


def test_one_code_has_one_form() -> None:
    table = random_table(4, 64, 2)
    for code in draw(table, 20):
        coded = table.encode(code.tobytes())
        for other in (coded + b"\0", coded + b"\1", coded[:-1]):
            try:
                assert table.decode(other, 64) != code.tobytes()
            except FormatError as error:
                assert "not the entropy coding of any code" in str(error)  # noqa: PT017


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 80), st.data())
def test_damaged_lanes(seed: int, count: int, data: st.DataObject) -> None:
    """No checksum is asked here: what is not refused decodes to codes whose form it is."""
    table = random_table(3, 16, 3)
    coded = bytearray(table.encode_many(draw(table, count, seed)))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(coded) - 1))
        coded[at] ^= data.draw(st.integers(1, 255))
    if data.draw(st.booleans()):
        del coded[data.draw(st.integers(0, len(coded) - 1)) :]
    try:
        codes = table.decode_many(bytes(coded), count, 2)
    except FormatError:
        return
    assert table.encode_many(codes) == bytes(coded)


def test_lanes_that_do_not_end_as_they_began() -> None:
    table = random_table(2, 16)
    codes = draw(table, 100)
    coded = table.encode_many(codes)
    cases = {
        "do not end as they began": coded + b"\0\0",
        "ends before all codes": coded[:-2],
        "hold no 3 states": coded[:11],
        "below 65,536": b"\xff\xff\0\0" + coded[4:],
    }
    for message, data in {**cases, "101 bytes": bytes(101)}.items():
        with pytest.raises(FormatError, match=message):
            table.decode_many(data, 100, 2)
    with pytest.raises(FormatError, match=r"here: 2 bytes for no codes"):
        table.decode_many(b"ab", 0, 2, where="here")
    assert table.decode_many(b"", 0, 2).shape == (0, 2)
    assert table.encode_many(codes[:0]) == b""


def test_codes_that_do_not_fit() -> None:
    table = random_table(2, 16)
    for codes in (np.zeros((1, 3), np.uint8), np.zeros((1, 0), np.uint8), np.zeros(2, np.uint8), [[1, 2]]):
        with pytest.raises(InputError, match="codes: "):
            table.encode_many(codes)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="codes: "):
            table.cost(codes)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="24 bits, the entropy table has 16"):
        table.encode(b"abc")
    for bits in (24, 0, 12):
        with pytest.raises(FormatError, match="code: a code of"):
            table.decode(b"", bits)
    with pytest.raises(FormatError):
        table.decode_many(b"", 1, 3)


@pytest.mark.parametrize(
    ("weights", "means"),
    [
        ([WEIGHT_SUM], [[1] * 7]),
        ([WEIGHT_SUM], [[1] * 4104]),
        ([WEIGHT_SUM], [[0] + [1] * 7]),
        ([WEIGHT_SUM], [[ONE] + [1] * 7]),
        ([WEIGHT_SUM], [[-1] + [1] * 7]),
        ([WEIGHT_SUM - 1], [[1] * 8]),
        ([WEIGHT_SUM, 0], [[1] * 8] * 2),
        ([WEIGHT_SUM + 1, -1], [[1] * 8] * 2),
        ([2**63, 2**63, WEIGHT_SUM], [[1] * 8] * 3),
        ([WEIGHT_SUM], [[1] * 8] * 2),
        (WEIGHT_SUM, [[1] * 8]),
        ([], np.zeros((0, 8), int)),
        ([WEIGHT_SUM], [[0.5] * 8]),
        ([float(WEIGHT_SUM)], [[1] * 8]),
    ],
)
def test_refuses_what_is_no_table(weights: Any, means: Any) -> None:
    with pytest.raises(InputError, match=r"entropy table: .*; take that of a model"):
        Table(weights, means)


def test_errors_are_the_projects() -> None:
    rng = np.random.default_rng(0)
    table = random_table(3, 128)
    for _ in range(100):
        data = rng.bytes(int(rng.integers(0, 40)))
        for use in (
            lambda d: table.decode(d, 128),
            lambda d: table.decode_many(d, int(rng.integers(1, 90)), 16),
        ):
            with contextlib.suppress(PcbinError):
                use(data)


def test_surface() -> None:
    assert "components, 16 bits" in repr(random_table(2, 16))
    assert all(hasattr(entropy, name) for name in entropy.__all__)
    assert _single.encode([], []) == b""
