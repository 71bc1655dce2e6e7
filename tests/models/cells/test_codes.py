"""Cells to codes and back, with random networks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcbin.errors import FormatError
from pcbin.models.cells.codes import Gridded, decode, encode, lengths, symbols
from pcbin.models.cells.grid import Grid, occupied, parents, pyramid
from pcbin.models.cells.network import ContextNetwork
from tests.cell_helpers import random_tensors

NETWORK = ContextNetwork.of(random_tensors())


def some_cells(seed: int, step: int, y: int = 0, z: int = 0) -> Gridded:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.28, 0.28, (int(rng.integers(1, 200)), 3)).astype(np.float32)
    grid = Grid(step, y, z)
    return Gridded(occupied(points, grid), grid)


@given(seed=st.integers(0, 2**32), step=st.integers(0, 63), y=st.integers(0, 3), z=st.integers(0, 3))
def test_what_goes_in_comes_out(seed: int, step: int, y: int, z: int) -> None:
    one = some_cells(seed, step, y, z)
    [code] = encode(NETWORK, [one])
    [back] = decode(NETWORK, [code + b"\0\0"])
    assert back.grid == one.grid
    np.testing.assert_array_equal(back.cells, one.cells)


def test_a_batch_gives_the_codes_of_its_members() -> None:
    some = [some_cells(seed, 20 + seed % 12) for seed in range(9)]
    alone = [encode(NETWORK, [one])[0] for one in some]
    assert encode(NETWORK, some) == alone
    mixed = [*alone, encode(NETWORK, [some_cells(1, 60)])[0], encode(NETWORK, [some_cells(1, 3)])[0]]
    for code, back in zip(mixed, decode(NETWORK, mixed), strict=True):
        assert encode(NETWORK, [back]) == [code]


def test_cells_that_are_too_many_together_are_decoded_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    some = [some_cells(seed, 30) for seed in range(5)]
    written = encode(NETWORK, some)
    monkeypatch.setattr("pcbin.models.cells.codes.MAX_TOGETHER", 60)
    for one, back in zip(some, decode(NETWORK, written), strict=True):
        np.testing.assert_array_equal(back.cells, one.cells)


def test_a_code_is_at_most_a_byte_longer_than_its_ideal_length() -> None:
    some = [some_cells(seed, 40) for seed in range(8)]
    for ideal, code in zip(lengths(NETWORK, some), encode(NETWORK, some), strict=True):
        assert 8 * len(code) <= 8 * np.ceil(ideal / 8) + 8


def test_every_flipped_bit_is_refused_or_another_object() -> None:
    one = some_cells(5, 24)
    [code] = encode(NETWORK, [one])
    for place in range(8 * len(code)):
        damaged = bytearray(code)
        damaged[place // 8] ^= 1 << place % 8
        try:
            [back] = decode(NETWORK, [bytes(damaged)])
        except FormatError:
            continue
        assert back.grid != one.grid or not np.array_equal(back.cells, one.cells)


def test_a_code_that_goes_on_is_refused() -> None:
    [code] = encode(NETWORK, [some_cells(5, 24)])
    with pytest.raises(FormatError, match="no object has this cell code"):
        decode(NETWORK, [code + b"\1"])


@given(seed=st.integers(0, 2**32), step=st.integers(0, 63))
def test_each_level_holds_the_parents_of_the_next(seed: int, step: int) -> None:
    one = some_cells(seed, step)
    levels = pyramid(one.cells, one.grid.levels)
    assert levels[0].tolist() == [[0, 0, 0, 0]]
    for above, below in itertools.pairwise(levels):
        np.testing.assert_array_equal(parents(below), above)
        assert {tuple(row) for row in (below >> 1).tolist()} == {tuple(row) for row in above.tolist()}


def test_a_grid_holds_any_object_of_unit_diagonal() -> None:
    ends = np.array([[-0.5, 0, 0], [0.4999, 0, 0]], np.float32)
    for step in range(64):
        grid = Grid(step)
        assert (1 << grid.levels) >= grid.cells > (1 << grid.levels) / 2 / 2 ** (1 / 16)
        first, second = occupied(ends, grid)[[0, -1], 1]
        assert abs((second - first) - grid.cells) <= 1


def test_probabilities_are_those_of_whole_numbers_alone() -> None:
    """The network once more, in Python's integers."""
    tensors = random_tensors()
    rng = np.random.default_rng(1)
    parent = rng.integers(-1, 2, (3, tensors["context/first/parent"].shape[2])).astype(np.int8)
    child = rng.integers(-1, 2, (3, tensors["context/first/child"].shape[2])).astype(np.int8)
    found = NETWORK.of_parents(parent)

    def layer(inputs: list[int], weight: np.ndarray, bias: float, shift: int) -> int:
        total = int(bias) + sum(x * int(w) for x, w in zip(inputs, weight, strict=True))
        return total >> int(shift)

    for octant in range(8):
        probabilities = NETWORK.probabilities(octant, found, child)
        for row in range(3):
            x = [int(v) for v in parent[row]] + [int(v) for v in child[row]]
            first = np.concatenate([tensors["context/first/parent"], tensors["context/first/child"]], axis=2)
            for name, weight in (("first", first), ("second", tensors["context/second/weight"])):
                bias, shift = tensors[f"context/{name}/bias"], tensors[f"context/{name}/shift"]
                sums = [
                    layer(x, w, b, s)
                    for w, b, s in zip(weight[octant], bias[octant], shift[octant], strict=True)
                ]
                x = [min(max(total, 0), 255) for total in sums]
            bias, shift = tensors["context/last/bias"], tensors["context/last/shift"]
            logit = layer(x, tensors["context/last/weight"][octant], bias[octant], shift[octant])
            assert probabilities[row] == tensors["context/probabilities"][min(max(logit, -352), 352) + 352]


def test_what_is_certain_costs_nothing() -> None:
    corner = np.full((1, 3), 0.49, np.float32)  # in the last octant of the cube, and in the last one of that
    one = Gridded(occupied(corner, Grid(0)), Grid(0))
    [(bits, _)] = symbols(NETWORK, [one])
    assert bits.tolist() == [False] * (10 + 7 + 7)
