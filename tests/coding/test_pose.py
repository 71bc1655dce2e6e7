"""Turning clouds to how a model codes them better: frames, the choice, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

import pcbin
from pcbin.arrays import Float32, Float64, Pose, normalise
from pcbin.coding import frames
from pcbin.coding import pose as turning
from pcbin.coding.encoding import measured
from pcbin.coding.options import WORTH
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.formats.clouds import read_cloud
from pcbin.metrics import chamfer
from pcbin.modalities.clouds import usual
from pcbin.models.model import Model

seeds = st.integers(0, 2**32 - 1)
few_examples = settings(max_examples=5, deadline=None)
QUARTER = Rotation.from_euler("x", 90, degrees=True).as_matrix()


def random_rotation(seed: int) -> Float64:
    found: Float64 = Rotation.from_quat(np.random.default_rng(seed).normal(size=4)).as_matrix()
    return found


def brackets(n: int = 1500) -> Float64:
    """(n, 3): samples of three plates at right angles, of different sizes: no mirror image fits it."""
    rng = np.random.default_rng(3)
    u, v = rng.random((2, n))
    plates = [
        np.stack([u, 0.7 * v, 0 * u], 1),
        np.stack([u, 0 * u, 0.4 * v], 1),
        np.stack([0 * u, 0.7 * u, 0.25 * v], 1),
    ]
    return np.concatenate([plate[row::3] for row, plate in enumerate(plates)])


@pytest.fixture(scope="module")
def chair() -> Model:
    return pcbin.load_model("chair")


@pytest.fixture(scope="module")
def points(root: Path) -> Any:
    return read_cloud(root / "examples" / "chair.ply").points


def test_there_are_24_turns_and_no_mirror_image() -> None:
    assert frames.TURNS.shape == (24, 3, 3)
    assert len({turn.tobytes() for turn in frames.TURNS + 0.0}) == 24
    np.testing.assert_allclose(np.linalg.det(frames.TURNS), 1)


@given(seeds)
def test_frames_follow_a_shape_that_is_turned(seed: int) -> None:
    turn = random_rotation(seed)
    cloud = brackets() @ turn.T
    found = frames.frames(cloud, cloud[::3])
    assert 1 <= len(found) <= 4
    np.testing.assert_allclose(
        found @ found.transpose(0, 2, 1), np.tile(np.eye(3), (len(found), 1, 1)), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(found), 1)
    assert frames.angle(found[0], turn.T) < 0.5
    assert frames.angle(frames.smallest_box(cloud), turn.T) < 3


@given(st.floats(-12, 12), seeds)
def test_flat_faces_that_are_askew(degrees: float, seed: int) -> None:
    axis = np.random.default_rng(seed).normal(size=3)
    turn = Rotation.from_rotvec(np.radians(degrees) * axis / np.linalg.norm(axis)).as_matrix()
    cloud = brackets() @ turn.T
    found = frames.upright_faces(cloud, cloud[::3])
    assert frames.angle(found, np.eye(3)) == pytest.approx(abs(degrees), abs=0.5)
    np.testing.assert_allclose(found, turn.T, atol=0.01)


def test_the_box_about_the_vertical() -> None:
    turn = Rotation.from_euler("y", 33, degrees=True).as_matrix()
    found = frames.box_about_y(brackets() @ turn.T)
    assert frames.angle(found, turn.T) < 1e-6
    assert frames.angle(frames.box_about_y(brackets()), np.eye(3)) < 1e-6


@pytest.mark.parametrize("cloud", [
    np.linspace([0.0, 0, 0], [1, 2, 3], 50), np.random.default_rng(0).normal(size=(50, 3)) * [1, 1, 0],
    np.repeat([[0.0, 0, 0], [1, 0, 0]], 30, axis=0), np.random.default_rng(0).normal(size=(5, 3)),
], ids=["line", "plane", "two points", "few"])  # fmt: skip
def test_frames_of_what_has_no_volume(cloud: Float64) -> None:
    found = frames.frames(cloud, cloud)
    np.testing.assert_allclose(np.linalg.det(found), 1)


@few_examples
@given(seeds)
def test_a_chair_that_is_turned_decodes_where_it_lies(chair: Model, points: Any, seed: int) -> None:
    upright = pcbin.evaluate(points, data=pcbin.compress(points, model=chair)).chamfer
    turned = points @ random_rotation(seed).T * 30 + np.array([5e8, -2.0, 7.0])
    data = pcbin.compress(turned, model=chair)
    assert pcb.peek(data).rotated
    assert len(data) == 16 + 16 + 28 + 8 + 4
    unit = np.linalg.norm(np.ptp(turned, axis=0)) / (30 * np.linalg.norm(np.ptp(points, axis=0)))
    assert pcbin.evaluate(turned, data=data).chamfer * unit**2 < 1.2 * upright


def test_an_upright_chair_has_the_file_that_it_had(points: Any) -> None:
    data = pcbin.compress(points)
    assert data == pcbin.compress(points, orient="keep") == pcbin.compress(points, orient="auto")
    assert pcb.peek(data).minor == 0
    assert pcbin.Codec().encode(points) == data


def test_handedness_is_kept(chair: Model, points: Any) -> None:
    """A chair with an armrest on one side only, and its mirror image, which is turned upside down."""
    rest = np.random.default_rng(0).random((300, 3)) * [4, 4, 40] + [
        *(points.max(axis=0) * [1, 0, 0])[:1],
        60,
        20,
    ]
    one = np.concatenate([points, rest])
    mirrored = (one * [-1, 1, 1]) @ (QUARTER @ QUARTER).T
    for cloud in (one @ QUARTER.T, mirrored):
        coded = pcbin.Codec(chair).code(cloud)
        assert coded.is_turned
        assert coded.pose is not None
        placed = coded.pose.apply(np.eye(3, dtype=np.float32)) - np.array(coded.pose.center)
        assert np.linalg.det(placed / coded.pose.scale) == pytest.approx(1)


def test_a_chair_that_stands_askew_is_straightened(chair: Model, points: Any) -> None:
    """Its distance is still a usual one, so only its faces tell."""
    askew = points @ Rotation.from_euler("xyz", [9, 10, -7], degrees=True).as_matrix().T
    cloud, _ = normalise(askew)
    known = usual(chair)
    stands = measured(chair, cloud[None], bits=128, effort=1)[0]
    assert known is not None
    assert stands.chamfer is not None
    assert turning.GOOD * known.median < stands.chamfer < known.limit
    found = turning.encode(chair, cloud, stands, known, bits=128, effort=1)
    assert found.pose is not None
    assert found.chamfer is not None
    assert found.chamfer * found.pose.scale**2 < WORTH * stands.chamfer


def test_what_is_usual_is_not_looked_at(chair: Model, points: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turning, "_Trials", None)
    cloud, _ = normalise(points)
    assert turning.turned(chair, cloud, 0.45e-3, usual(chair)) is None
    with pytest.raises(TypeError):
        turning.turned(chair, cloud, 0.9e-3, usual(chair))


@pytest.mark.parametrize("seed", range(4))
def test_auto_is_never_worse(tiny: Model, cloud: Any, seed: int) -> None:
    """Even for a model of random weights, for which no way to stand is the right one."""
    points = cloud(400, seed=seed) + np.array([1.0, 2.0, 3.0])
    codecs = [pcbin.Codec(tiny, orient=orient, effort=seed) for orient in ("keep", "auto")]
    keep, auto = (codec.code(points) for codec in codecs)
    before, after = (one.evaluate(points).chamfer for one in (keep, auto))
    assert (after <= 0.96 * before) if auto.is_turned else (auto.code == keep.code).all()
    np.testing.assert_allclose(pcbin.decompress(auto.pack(), model=tiny), auto.restore(), atol=1e-5)


def test_the_pose_puts_the_turned_cloud_back(tiny: Model, cloud: Any) -> None:
    normalised, outer = normalise(cloud(400, seed=9) * 7 + 100)
    turned = turning.placed(normalised, random_rotation(2))
    low, high = turned.cloud.min(axis=0), turned.cloud.max(axis=0)
    np.testing.assert_allclose(low, -high, atol=1e-6)
    assert np.linalg.norm(high - low) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(turned.pose.apply(turned.cloud), normalised, atol=1e-6)
    both = outer.of(turned.pose)
    np.testing.assert_allclose(both.apply(turned.cloud), outer.apply(normalised), atol=1e-4)
    data = pcb.dumps(pcb.code_from_bytes(b"ab"), bytes(8), pose=both)
    found = pcb.loads(data).pose
    assert found is not None
    assert found.rotation == pytest.approx(both.rotation, abs=0), "it is rounded as files round it"


@pytest.mark.parametrize("orient", ["up", None, 1])
def test_what_orient_may_be(orient: Any, points: Any) -> None:
    if orient is not None:
        with pytest.raises(InputError, match="'auto' or 'keep'"):
            pcbin.compress(points, orient=orient)
    else:
        assert pcbin.compress(points, orient=orient, effort=0)


def test_nothing_is_turned_that_could_not_be_turned_back(chair: Model, points: Any) -> None:
    fallen = points @ QUARTER.T
    codec = pcbin.Codec(chair, warn=False)
    assert len(codec.encode(fallen, pose=False)) == 36
    assert not any(pose.rotation for pose in codec.codes([fallen])[1] if pose)
    assert not pcb.peek(pcbin.Codec(chair, effort=0, warn=False).encode(fallen)).rotated
    asked = pcbin.Codec(chair, orient="auto", warn=False)
    with pytest.raises(InputError, match="orient='keep'"):
        asked.encode(fallen, pose=False)
    codes, poses = asked.codes([points, fallen])
    assert [pose is not None and pose.rotation is not None for pose in poses] == [False, True]
    assert len(codes) == 2


def test_a_turned_chair_reaches_a_limit_as_an_upright_one(chair: Model, points: Any) -> None:
    limit = 0.6e-3
    upright = pcb.peek(pcbin.compress(points, max_chamfer=limit)).code_bits
    fallen = points @ QUARTER.T  # with a box of the same diagonal
    data = pcbin.compress(fallen, max_chamfer=limit)
    assert pcb.peek(data).rotated
    assert abs(pcb.peek(data).code_bits - upright) <= 40
    assert pcbin.evaluate(fallen, data=data).chamfer <= 1.001 * limit
    with pytest.raises(InputError, match="max_chamfer"):
        pcbin.compress(fallen, max_chamfer=1e-6)


def test_archives_have_room_for_rotations_or_not(chair: Model, points: Any, tmp_path: Path) -> None:
    path, fallen = tmp_path / "a.pcb", points @ QUARTER.T
    with pcbin.open(path, "w", orient="auto", warn=False) as archive:
        archive.extend([points, fallen])
    with pcbin.open(path, "a", warn=False) as archive:
        archive.append(fallen)
    with pcbin.open(path) as found:
        assert found.header.rotated
        turned = [one.pose is not None and one.pose.rotation is not None for one in found.records()]
        assert turned == [False, True, True]
        assert chamfer(normalise(found[1])[0], normalise(fallen)[0]) < 1.5e-3
        np.testing.assert_array_equal(found[1], found[2])
    plain = tmp_path / "b.pcb"
    with pcbin.open(plain, "w", warn=False) as archive:
        archive.append(fallen)
    assert not pcb.peek(plain.read_bytes()).rotated
    with pytest.raises(InputError, match="no rotations"):
        pcbin.open(plain, "a", orient="auto")
    with pytest.raises(InputError, match="need their poses"):
        pcbin.open(tmp_path / "c.pcb", "w", pose=False, orient="auto")


def test_the_best_model_for_a_turned_chair(points: Any) -> None:
    data = pcbin.compress(points @ QUARTER.T, model="auto", warn=False)
    assert pcb.peek(data).rotated
    assert pcb.peek(data).model_id == pcbin.load_model("chair").id


def test_a_cloud_without_extent_is_not_turned(tiny: Model) -> None:
    codec = pcbin.Codec(tiny, orient="auto")
    for cloud in (np.ones((100, 3)), np.array([[1.0, 2.0, 3.0]])):
        coded = codec.code(cloud)
        assert coded.pose == Pose(tuple(cloud[0].tolist()), 0.0)


def test_a_line_is_coded(tiny: Model) -> None:
    cloud: Float32 = np.linspace([0, 0, 0], [1, 2, 3], 200, dtype=np.float32)
    assert pcbin.Codec(tiny, orient="auto").code(cloud).bits == 16
