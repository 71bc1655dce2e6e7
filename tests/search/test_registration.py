"""Copies lie over their originals, however they were moved; other shapes do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from pcbin.errors import InputError
from pcbin.search.descriptor import describe, distances, from_bytes, to_bytes
from pcbin.search.registration import Surface, register


def bracket(n: int, seed: int, *, hand: float = 1.0) -> Any:
    """(n, 3) points of three plates, a shape that is not its own mirror image."""
    rng = np.random.default_rng(seed)
    u, v = rng.random((2, n))
    plates = [
        np.stack([2 * u, v, 0 * u], axis=1),
        np.stack([2 * u, 0 * u, 0.7 * v], axis=1),
        np.stack([0 * u, 0.5 * u, 0.6 * v], axis=1),
    ]
    return np.choose(rng.choice(3, n, p=[0.5, 0.35, 0.15])[:, None], plates) * [hand, 1, 1]


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_copy_is_found_where_it_lies(mirrored: bool) -> None:
    """The transform is the one that was applied, from the copy's coordinates to the original's."""
    turn, scale, shift = Rotation.random(random_state=3).as_matrix(), 12.5, np.array([100.0, -20, 3])
    one, other = bracket(1500, 0), bracket(1400, 1, hand=-1.0 if mirrored else 1.0)
    flip = np.diag([-1.0 if mirrored else 1.0, 1, 1])
    found = register(Surface(one), Surface(scale * other @ turn.T + shift))
    wanted = flip @ turn.T / scale  # undoes it
    assert found.mirrored is mirrored
    assert found.ratio == pytest.approx(1, abs=0.06)
    assert found.scale == pytest.approx(1 / scale, rel=0.02)
    assert np.allclose(found.transform[:3, :3] * scale, wanted * scale, atol=0.03)
    back = (scale * other @ turn.T + shift) @ found.transform[:3, :3].T + found.transform[:3, 3]
    assert np.linalg.norm(back - other @ flip, axis=1).max() < 0.05


def test_noise_and_density_are_no_difference() -> None:
    rng = np.random.default_rng(2)
    one = Surface(bracket(1024, 0))
    noisy = bracket(1024, 1) + rng.normal(size=(1024, 3)) * 0.005 * 2.3
    assert register(one, Surface(noisy)).ratio < 1.05
    for count in (300, 600):
        assert register(one, Surface(bracket(count, 1))).ratio < 1.06
    assert register(one, Surface(np.concatenate([bracket(500, 1)] * 2))).ratio < 1.06


def test_another_shape_is_farther() -> None:
    one = Surface(bracket(1024, 0))
    longer = Surface(bracket(1024, 1) * [1.15, 1, 1])
    found = register(one, longer)
    assert found.ratio > 1.1
    assert found.chamfer > found.floor
    assert register(one, one).ratio == pytest.approx(0, abs=1e-6)


def test_round_shapes_have_no_frame_and_still_fit() -> None:
    rng = np.random.default_rng(4)
    angle, height = 2 * np.pi * rng.random(2048), rng.random(2048)
    post = np.stack([np.cos(angle), 3 * height, np.sin(angle)], axis=1)
    post[::6] = [1.0, 2.0, 0.0] + rng.random((342, 3)) * [0.9, 0.3, 0.3]  # a key on it
    post = rng.permutation(post)
    turn = Rotation.random(random_state=1).as_matrix()
    assert register(Surface(post[::2]), Surface(post[1::2] @ turn.T)).ratio < 1.06


def test_descriptors_know_shapes_in_any_pose() -> None:
    one, other = bracket(1024, 0), bracket(1024, 1, hand=-1.0)
    moved = 7 * other @ Rotation.random(random_state=0).as_matrix().T + 5
    unlike = bracket(1024, 1) * [1.5, 1, 1]
    near, far = distances(describe(one), np.stack([describe(moved), describe(unlike)]))
    assert near < 0.08 < far
    stored = from_bytes(to_bytes(describe(one)))
    assert stored is not None
    assert np.abs(stored - describe(one)).max() < 2e-3
    assert from_bytes(b"abc") is from_bytes(None) is None
    assert not describe(np.ones((40, 3))).any()


def test_what_cannot_be_compared() -> None:
    with pytest.raises(InputError, match=r"part\.ply: 1 different points"):
        Surface(np.ones((100, 3)), name="part.ply")
    with pytest.raises(InputError, match="scale the coordinates"):
        Surface(np.random.default_rng(0).random((100, 3)) * 1e300)
