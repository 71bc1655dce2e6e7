"""Poses with rotations (formats/pcb-v1.md, version 1.1): stored to 1 / 32767, in one form, or refused."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from bitarray import bitarray
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from pcbin.arrays import Pose, rotation_matrix
from pcbin.errors import FormatError, InputError, Truncated, UnsupportedVersion
from pcbin.formats import pcb
from pcbin.truncation import truncate

MODEL = bytes(range(8))
CODE = bitarray("10110000" * 4, endian="little")
HERE = Pose((1.0, -2.0, 3.0), 2.0)
TURN = (0.5, 0.5, -0.5, 0.5)


def turned(quaternion: Any) -> Pose:
    return replace(HERE, rotation=tuple(quaternion))


def single(quaternion: Any) -> bytes:
    return pcb.dumps(CODE, MODEL, pose=turned(quaternion))


def with_words(*words: int) -> bytes:
    """A file whose quaternion is these words, whatever they are."""
    data = bytearray(single(TURN))
    struct.pack_into("<4h", data, len(data) - 12, *words)
    data[-4:] = crc32(data[:-4]).to_bytes(4, "little")
    return bytes(data)


def archive(poses: list[Pose], **options: Any) -> bytes:
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=32, pose="float32", **options) as writer:
        for pose in poses:
            writer.add(pcb.Record(CODE, pose, {}))
    return file.getvalue()


quaternions = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 1e-3)


@given(quaternions)
def test_any_rotation_comes_back(quaternion: Any) -> None:
    unit = np.array(quaternion) / np.linalg.norm(quaternion)
    data = single(unit)
    pose = pcb.loads(data).pose
    assert pose is not None
    found = np.eye(3) if pose.rotation is None else rotation_matrix(pose.rotation)
    assert np.abs(found - Rotation.from_quat(unit).as_matrix()).max() < 2e-4
    assert np.abs(found @ found.T - np.eye(3)).max() < 1e-12
    assert np.linalg.det(found) > 0.999
    assert pcb.dumps(CODE, MODEL, pose=pose) == data, "reading and writing again changes nothing"
    assert single(-unit) == data, "a quaternion and its negative are one rotation"
    assert len(data) == (40 if pose.rotation is None else 48)


@given(quaternions)
def test_a_placed_cloud_is_turned_scaled_and_moved(quaternion: Any) -> None:
    points = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
    unit = np.array(quaternion) / np.linalg.norm(quaternion)
    expected = Rotation.from_quat(unit).apply(points.astype(np.float64)) * 2 + HERE.center
    np.testing.assert_allclose(turned(unit).apply(points), expected, atol=1e-5)


@pytest.mark.parametrize("quaternion", [(0, 0, 0, 1), (0, 0, 0, -1), (1e-6, 0, -1e-6, 1)])
def test_what_turns_nothing_costs_nothing(quaternion: Any) -> None:
    assert single(quaternion) == pcb.dumps(CODE, MODEL, pose=HERE)
    assert pcb.peek(single(quaternion)).minor == 0


def test_files_with_rotations_are_of_version_1_1() -> None:
    for data in (single(TURN), archive([turned(TURN)], rotated=True)):
        header = pcb.peek(data)
        assert (header.major, header.minor, header.rotated, header.pose_bytes) == (1, 1, True, 24)
    assert pcb.peek(archive([HERE])).minor == 0


@pytest.mark.parametrize("words", [
    (0, 0, 0, 0), (0, 0, 0, 32439), (0, 0, 0, -32767), (-32767, 0, 0, 0), (0, 0, -32767, 0),
    (0, -23170, 23170, 0), (32767, 0, 0, 32767), (0, 0, 23170, -23170),
])  # fmt: skip
def test_what_is_no_quaternion_of_a_file_is_refused(words: Any) -> None:
    with pytest.raises(FormatError, match="pose at byte 20: a rotation that is not a unit quaternion"):
        pcb.loads(with_words(*words))


@pytest.mark.parametrize(
    "words", [(0, 0, 0, 32440), (0, 23170, -23170, 0), (1, 0, 0, 32767), (-9, -8, 7, 32700)]
)
def test_lengths_of_about_one_are_read(words: Any) -> None:
    pose = pcb.loads(with_words(*words)).pose
    assert pose is not None
    assert pose.rotation is not None
    assert pcb.dumps(CODE, MODEL, pose=pose) == with_words(*words)


@pytest.mark.parametrize(
    "quaternion", [(0, 0, 0, 0), (0, 0, 0, 2), (0, 0, float("nan"), 1), (1e300, 0, 0, 0)]
)
def test_what_cannot_be_stored_is_refused(quaternion: Any) -> None:
    with pytest.raises(InputError, match="divide it by its length"):
        single(quaternion)


@pytest.mark.parametrize("quaternion", [(0, 0, 1), "turn", (0, 0, 0, "x")])
def test_what_is_no_quaternion_is_refused(quaternion: Any) -> None:
    with pytest.raises(InputError, match=r"None or a rotation \(x, y, z, w\)"):
        single(quaternion)


def test_an_archive_with_rotations_knows_which_clouds_are_turned(tmp_path: Path) -> None:
    path = tmp_path / "a.pcb"
    poses = [HERE, turned(TURN), turned((0, 0, 0, 1)), turned((1, 0, 0, 0))]
    path.write_bytes(archive(poses, rotated=True, chunk=3))
    with pcb.append_archive(path) as writer:
        writer.add(pcb.Record(CODE, HERE, {}))
        writer.add(pcb.Record(CODE, turned(TURN), {}))
    with pcb.ArchiveReader(path) as reader:
        reader.verify()
        found = [one.pose and one.pose.rotation for one in reader]
        assert [rotation is not None for rotation in found] == [False, True, False, True, False, True]
        rotations = reader.rotations(1, 5)
        assert rotations is not None
        np.testing.assert_allclose(rotations, [TURN, (0, 0, 0, 1), (1, 0, 0, 0), (0, 0, 0, 1)], atol=2e-5)
        assert reader.rotations(6) is not None
        assert [one.pose for one in pcb.iter_archive(io.BytesIO(path.read_bytes()))] == [
            one.pose for one in reader
        ]
    shorter = truncate(path.read_bytes(), 16, check=False)
    with pcb.ArchiveReader(io.BytesIO(shorter)) as reader:
        assert [one.pose and one.pose.rotation for one in reader] == found


def test_an_archive_without_rotations_takes_none() -> None:
    with pytest.raises(InputError, match="rotated=True"):
        archive([HERE, turned(TURN)])
    assert archive([HERE, turned((0, 0, 0, 1))]) == archive([HERE, HERE])
    with pcb.ArchiveReader(io.BytesIO(archive([HERE]))) as reader:
        assert reader.rotations() is None


def test_rotations_need_poses() -> None:
    with pytest.raises(InputError, match="part of the pose"):
        pcb.ArchiveWriter(io.BytesIO(), model_id=MODEL, code_bits=32, rotated=True)
    with pytest.raises(InputError, match="part of the pose"):
        pcb.ArchiveWriter(io.BytesIO(), model_id=MODEL, code_bits=32).add_many(
            np.zeros((1, 4), np.uint8), rotations=[TURN]
        )


def test_a_rotation_without_a_pose_is_a_feature_of_the_future() -> None:
    data = bytearray(pcb.dumps(CODE, MODEL))
    data[7] |= 0x80
    data[-4:] = crc32(data[:-4]).to_bytes(4, "little")
    with pytest.raises(UnsupportedVersion, match="upgrade pcbin"):
        pcb.loads(bytes(data))


def test_a_file_that_only_says_so_is_too_short() -> None:
    data = bytearray(pcb.dumps(CODE, MODEL, pose=HERE))
    data[7] |= 0x80
    with pytest.raises(Truncated):
        pcb.loads(bytes(data))
