"""Clouds with z up are turned for the model and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin import Codec
from pcbin.arrays import UPS, turned
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.formats.clouds import read_cloud
from pcbin.formats.model_file import dump_model, load_model
from pcbin.models.model import Model

FAR = (500_000.0, 5_400_000.0, 300.0)


def z_up(points: Any) -> Any:
    """The same object for those who take z for up: y goes to z, and what faced +z faces -y."""
    return points @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]], points.dtype)


def test_a_turn_is_exact_and_no_mirror() -> None:
    axes = np.eye(3)
    for up, axis in zip(UPS, axes, strict=True):
        assert np.linalg.det(turned(axes, up)) == 1
        assert turned(axis[None], up).tolist() == [[0, 1, 0]]
    assert turned(np.array([[0.0, 0.0, 1.0]]), "x").tolist() == [[0, 0, 1]]  # the front
    assert turned(np.array([[0.0, -1.0, 0.0]]), "z").tolist() == [[0, 0, 1]]  # the front
    points = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    for up in UPS:
        again = turned(turned(points, up), up, back=True)
        np.testing.assert_array_equal(again, points)
        assert again.dtype == points.dtype


@pytest.mark.parametrize("place", [(0, 0, 0), FAR])
@pytest.mark.parametrize("pose", [True, False])
def test_the_code_is_that_of_the_turned_cloud(place: Any, pose: bool, tiny: Model, cloud: Any) -> None:
    points = cloud(center=place)
    data = pcbin.compress(points, model=tiny, pose=pose)
    other = pcbin.compress(z_up(points), model=tiny, pose=pose, up="z")
    assert other == data
    decoded = pcbin.decompress(data, model=tiny)
    np.testing.assert_array_equal(pcbin.decompress(other, model=tiny, up="z"), z_up(decoded))
    np.testing.assert_array_equal(pcbin.decompress(other, model=tiny), decoded)  # as the model has it
    assert pcbin.decompress(other, model=tiny, up="z").dtype == decoded.dtype


def test_codecs_archives_and_metrics(tiny: Model, cloud: Any, tmp_path: Path) -> None:
    points, codec = z_up(cloud()), Codec(tiny, up="z")
    data = codec.encode(points)
    decoded = pcbin.decompress(data, model=tiny, up="z")
    np.testing.assert_array_equal(codec.decode(data), decoded)
    codes, poses = codec.codes([points])
    more = next(codec.restore(codes, poses, n_points=100))  # with poses that no file has rounded
    np.testing.assert_allclose(more, codec.decode(data, n_points=100), atol=1e-5)
    upright = Codec(tiny).code(cloud()).evaluate(cloud())
    assert codec.code(points).evaluate(points).chamfer == pytest.approx(upright.chamfer)
    assert pcbin.evaluate(points, data=data, model=tiny, up="z").chamfer == pytest.approx(upright.chamfer)
    assert pcbin.compress_many([points], model=tiny, up="z") == [data]
    path = tmp_path / "all.pcb"
    with pcbin.open(path, "w", model=tiny, up="z") as writer:
        writer.append(points)
    with pcbin.open(path, "a", model=tiny, up="z") as writer:
        writer.append(points)
    with pcbin.open(path, model=tiny, up="z") as archive:
        assert archive.record(1).code == pcb.loads(data).code
        for found in archive:
            np.testing.assert_allclose(found, decoded, atol=1e-5)


def test_a_chair_that_lies_is_worse(root: Path) -> None:
    points = z_up(read_cloud(root / "examples" / "chair.ply").points)
    right, wrong = (
        pcbin.evaluate(
            points, data=pcbin.compress(points, model="chair", up=up, warn=False, orient="keep"), up=up
        ).chamfer
        for up in ("z", "y")
    )
    assert 2 * right < wrong


def test_refused(tiny: Model, cloud: Any, image_parts: Callable[..., Any]) -> None:
    anything: Any = "w"
    with pytest.raises(InputError, match="up = 'w'; use 'x', 'y' or 'z'"):
        pcbin.compress(cloud(), model=tiny, up=anything)
    with pytest.raises(InputError, match="codes images, which have no axis that is up; omit up"):
        Codec(Model(load_model(dump_model(*image_parts()))), up="z")
