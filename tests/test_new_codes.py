"""New codes: priors, paths and sums, against plain arithmetic."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pcbin
from pcbin.arrays import pack_bits, unpack_bits
from pcbin.cluster import Mixture
from pcbin.errors import InputError
from pcbin.generation import PRIORS, combine, generate, interpolate, parse, prior_of
from pcbin.metrics import GeneratedSet, chamfer

ID = b"12345678"


def bits(*rows: str) -> Any:
    return pack_bits(np.array([[int(bit) for bit in row] for row in rows]))


@pytest.mark.parametrize("model", ["chair", "mnist-128", "mnist-vab-80"])
def test_priors_are_what_they_say(model: str) -> None:
    found = pcbin.load_model(model)
    length = found.default_bits
    fair, mixture, each = (prior_of(found, kind) for kind in ("fair", "mixture", "bits"))
    assert {one.bits for one in (fair, mixture, each)} == {length}
    assert {one.model_id for one in (fair, mixture, each)} == {found.id}
    assert (fair.means == 0.5).all()
    assert (each.components, fair.components) == (1, 1)
    np.testing.assert_allclose(each.means[0], (mixture.weights[:, None] * mixture.means).sum(axis=0))
    if found.entropy_table is not None:  # what coding relies on: the cost of a code is its improbability
        codes = mixture.sample(20, seed=1)
        cost = found.entropy_table.cost(codes)
        np.testing.assert_allclose(cost, -mixture.log_likelihood(codes) / np.log(2), rtol=1e-3, atol=0.05)


def test_shorter_codes() -> None:
    found = pcbin.load_model("chair")
    whole, short = prior_of(found, bits=128), prior_of(found, bits=64)
    np.testing.assert_array_equal(short.means, whole.means[:, :64])
    assert generate(3, bits=64, seed=2).shape == (3, 8)


def test_samples_follow_the_mixture() -> None:
    means = np.array([[0.9] * 8 + [0.2] * 8, [0.1] * 16])
    mixture = Mixture(ID, [0.25, 0.75], means)
    codes = mixture.sample(20_000, seed=3)
    np.testing.assert_allclose(unpack_bits(codes).mean(axis=0), [0.25, 0.75] @ means, atol=0.02)
    second = mixture.sample(20_000, weights=[0, 5], seed=3)
    np.testing.assert_allclose(unpack_bits(second).mean(axis=0), means[1], atol=0.02)
    np.testing.assert_array_equal(mixture.sample(5, seed=4), mixture.sample(5, seed=4))
    assert (mixture.sample(5, seed=4) != mixture.sample(5, seed=5)).any()


def test_seeds_and_priors_of_generate() -> None:
    for prior in PRIORS:
        codes = generate(4, prior=prior, seed=1)
        assert codes.shape == (4, 16)
        np.testing.assert_array_equal(codes, generate(4, prior=prior, seed=1))
    clouds = list(pcbin.Codec("chair").restore(generate(2)))
    assert [cloud.shape for cloud in clouds] == [(2048, 3)] * 2


@given(st.data())
def test_paths_go_from_end_to_end(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 4))
    first, second = (
        np.frombuffer(data.draw(st.binary(min_size=length, max_size=length)), np.uint8) for _ in "ab"
    )
    steps = data.draw(st.integers(2, 40))
    means = np.random.default_rng(length).uniform(0.05, 0.95, (3, 8 * length))
    for mixture in (None, Mixture(ID, [0.2, 0.3, 0.5], means)):
        path = interpolate(first, second, steps=steps, mixture=mixture)
        np.testing.assert_array_equal(path[[0, -1]], [first, second])
        apart = unpack_bits(path ^ first).sum(axis=1)
        whole = int(unpack_bits((first ^ second)[None]).sum())
        np.testing.assert_array_equal(apart, [round(i / (steps - 1) * whole) for i in range(steps)])
        flipped = unpack_bits(path[1:] ^ path[:-1]).sum(axis=0)
        assert (flipped <= 1).all()  # no bit goes and comes back


def test_a_likely_path_is_likely() -> None:
    """Bits go together in two halves: the likely path flips one half first, and no order is better."""
    means = np.array([[0.9] * 4 + [0.1] * 4, [0.1] * 8, [0.9] * 8])
    mixture = Mixture(ID, [0.4, 0.3, 0.3], means)
    first, second = bits("00000000")[0], bits("11111111")[0]
    path = interpolate(first, second, steps=9, mixture=mixture)
    found = mixture.log_likelihood(path).min()
    assert unpack_bits(path)[4].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]  # through the cluster between the two
    best = max(
        mixture.log_likelihood(bits(*("".join(map(str, row)) for row in _walk(order)))).min()
        for order in permutations(range(4))
    )
    assert found >= best - 1e-9


def _walk(order: tuple[int, ...]) -> list[list[int]]:
    """The codes of a path that flips the first four bits in this order, then the others."""
    code, rows = [0] * 8, [[0] * 8]
    for bit in (*order, 4, 5, 6, 7):
        code = [*code[:bit], 1, *code[bit + 1 :]]
        rows.append(code)
    return rows


def test_sums_bit_by_bit() -> None:
    for a, b, c in product((0, 1), repeat=3):
        codes = [bits(f"{bit}" * 8)[0] for bit in (a, b, c)]
        found = combine(zip((1, -1, 1), codes, strict=True))
        assert unpack_bits(found[None])[0].tolist() == [int(a - b + c > 0.5)] * 8


def test_groups_and_ties() -> None:
    group = bits("11110000", "11000000", "10000000")
    assert unpack_bits(combine([(1, group)])[None])[0].tolist() == [1, 1, 0, 0, 0, 0, 0, 0]
    first, second = bits("11000000")[0], bits("10100000")[0]
    assert combine([(0.5, first), (0.5, second)]).tolist() == first.tolist()
    assert combine([(0.5, second), (0.5, first)]).tolist() == second.tolist()


def test_expressions() -> None:
    assert parse("a.pcb - b.pcb + 3*c - 2*d") == [(1, "a.pcb"), (-1, "b.pcb"), (3, "c"), (-2, "d")]
    assert parse("- x-y.pcb + 'my chair.pcb' + z") == [(-1, "x-y.pcb"), (1, "my chair.pcb"), (1, "z")]
    assert parse("0.5*a + .5*b") == [(0.5, "a"), (0.5, "b")]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "ends where a file is expected"),
        ("a -", "ends where a file is expected"),
        ("a b", r"neither \+ nor - before b"),
        ("a + - b", "- is no file"),
        ("a - b", "sum to 0"),
        ("a + b", "sum to 2"),
        ("'a", "quotation"),
    ],
)
def test_what_is_no_sum(expression: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse(expression)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: generate(model="cells"), "cell codes"),
        (lambda: generate(prior="other"), "use one of mixture, bits, fair"),  # type: ignore[arg-type]
        (lambda: generate(0), "count = 0"),
        (lambda: generate(bits=12), "12"),
        (lambda: interpolate(bits("00000000")[0], generate(1)[0]), "of 8 and 128 bits"),
        (lambda: interpolate(generate(1), generate(1)), "pass uint8"),
        (lambda: interpolate(generate(1)[0], generate(1)[0], steps=1), "steps = 1"),
        (lambda: combine([(1, bits("00000000")), (1, bits("00000000"))]), "sum to 2"),
        (lambda: combine([]), "no bits"),
        (lambda: combine([(1, np.zeros(2))]), "float64"),  # type: ignore[list-item]
        (lambda: Mixture(ID, [1.0], np.full((1, 8), 0.5)).sample(weights=[0]), "above 0"),
        (lambda: Mixture(ID, [1.0], np.full((1, 8), 0.5)).sample(seed="x"), "seed = 'x'"),  # type: ignore[arg-type]
    ],
)
def test_what_makes_no_codes(call: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        call()


def test_a_model_that_knows_nothing_of_its_codes(tiny: Any) -> None:
    model = tiny
    assert prior_of(model, "fair").bits == model.default_bits
    with pytest.raises(InputError, match="does not know how its codes are distributed"):
        prior_of(model)


def test_nearest_neighbour_accuracy() -> None:
    rng = np.random.default_rng(0)
    clouds = rng.normal(size=(30, 20, 3)) * rng.uniform(0.5, 2, (30, 1, 1))
    far = clouds[:15] + 100
    assert GeneratedSet(far, clouds[15:]).one_nn_accuracy == 1  # anyone can tell
    assert GeneratedSet(clouds[:15], clouds[:15]).one_nn_accuracy == 0  # each has its copy on the other side
    some, others = clouds[:15], clouds[15:]
    whole, kind = [*some, *others], [0] * 15 + [1] * 15
    right = 0
    for i, one in enumerate(whole):
        apart = [np.inf if i == j else chamfer(one, other) for j, other in enumerate(whole)]
        right += kind[int(np.argmin(apart))] == kind[i]
    assert GeneratedSet(some, others).one_nn_accuracy == pytest.approx(right / 30)
    with pytest.raises(InputError, match="pass as many"):
        _ = GeneratedSet(some[:3], others).one_nn_accuracy
    assert GeneratedSet(some, some).coverage == 1
