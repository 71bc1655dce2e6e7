"""`pcbin.evaluate`: every field and formula, and the warning about strange clouds."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.errors import InputError, NotPcb
from pcbin.formats.clouds import cloud_of
from pcbin.metrics import Comparison, distortion
from pcbin.modalities.clouds import CLOUDS, usual_limit
from pcbin.models.model import Model


def test_rates(tiny: Model, cloud: Any) -> None:
    """16 bits in a file of 22 + 16 bytes; the original as 32-bit floats."""
    points = cloud(250)
    data = pcbin.compress(points, model=tiny)
    found = pcbin.evaluate(points, data=data, model=tiny)
    assert found.points == 250
    assert found.payload_bits == 16
    assert found.container_bits == 8 * len(data)
    assert found.bits_per_point == 8 * len(data) / 250
    assert found.ratio == 250 * 96 / (8 * len(data))
    assert found.payload_ratio == 250 * 96 / 16


def test_distances(tiny: Model, cloud: Any) -> None:
    points = cloud(250, center=(4, 5, 6))
    data = pcbin.compress(points, model=tiny)
    expected = distortion(points, pcbin.decompress(data, model=tiny))
    for found in (
        pcbin.evaluate(points, data=data, model=tiny),
        pcbin.evaluate(points, pcbin.decompress(data, model=tiny)),
        pcbin.evaluate(points, pcbin.decompress(data, model=tiny), data=data),
    ):
        assert (found.chamfer, found.chamfer_sum, found.d1_psnr) == expected
        assert found.chamfer_e3 == 1000 * found.chamfer


def test_without_bytes_there_are_no_rates(cloud: Any) -> None:
    found = pcbin.evaluate(cloud(10), cloud(12))
    assert found.points == 10
    assert (
        found.payload_bits,
        found.container_bits,
        found.bits_per_point,
        found.ratio,
        found.payload_ratio,
    ) == (None,) * 5


def test_metrics_that_were_asked_for(cloud: Any) -> None:
    original, decoded = cloud(120, seed=1, size=7.0), cloud(100, seed=2, size=7.0)
    normals = np.random.default_rng(0).normal(size=(120, 3))
    both, found = Comparison(original, decoded), pcbin.evaluate(
        original, decoded, metrics="all", normals=normals
    )  # fmt: skip
    assert (found.f_score, found.precision, found.recall) == both.f_score()
    assert found.d2_psnr == both.d2_psnr(normals)
    assert (found.hausdorff, found.hausdorff_95) == both.hausdorff()
    assert found.dcd == both.density_aware_chamfer()
    assert found.emd == both.emd()
    usual = pcbin.evaluate(original, decoded)
    assert usual.f_score == found.f_score
    assert (usual.d2_psnr, usual.hausdorff, usual.hausdorff_95, usual.dcd, usual.emd) == (None,) * 5
    one = pcbin.evaluate(original, decoded, metrics=["emd"])
    assert (one.emd, one.f_score, one.dcd) == (found.emd, None, None)
    assert pcbin.evaluate(original, decoded, metrics="all").d2_psnr is None


def test_a_mesh_has_normals() -> None:
    """A decoded cloud that is the mesh's own points, but for steps along its plane."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float)
    mesh = SimpleNamespace(vertices=corners, faces=np.array([[0, 1, 2]]))
    points = cloud_of(mesh).points
    slid = pcbin.evaluate(mesh, points + np.array([1e-6, 0, 0]), metrics="d2-psnr")
    assert slid.d2_psnr == np.inf
    assert np.isfinite(slid.d1_psnr)
    lifted = pcbin.evaluate(mesh, points + np.array([0, 0, 1e-3]), metrics="d2-psnr")
    assert lifted.d2_psnr == pytest.approx(lifted.d1_psnr)


@pytest.mark.parametrize("metrics", ["psnr", ["emd", "f1"], [], "", 5, [None]])
def test_metrics_that_are_none(metrics: Any, cloud: Any) -> None:
    with pytest.raises(InputError, match=r"metrics: .*use chamfer, d1-psnr, f-score, .* or all"):
        pcbin.evaluate(cloud(), cloud(), metrics=metrics)


def test_normals_of_other_points(cloud: Any) -> None:
    with pytest.raises(InputError, match="normals: shape"):
        pcbin.evaluate(cloud(50), cloud(50), metrics="d2-psnr", normals=np.ones((49, 3)))


def test_the_model_is_found(tiny_path: Any, cloud: Any) -> None:
    data = pcbin.compress(cloud(), model="tiny")
    assert pcbin.evaluate(cloud(), data=data).payload_bits == 16


def test_errors(tiny: Model, cloud: Any) -> None:
    with pytest.raises(InputError, match="pass the decoded cloud, or data=the encoded bytes"):
        pcbin.evaluate(cloud())
    with pytest.raises(InputError, match=r"^original: an empty"):
        pcbin.evaluate(np.zeros((0, 3)), cloud())
    with pytest.raises(InputError, match=r"^decoded: "):
        pcbin.evaluate(cloud(), np.zeros(3))
    with pytest.raises(NotPcb):
        pcbin.evaluate(cloud(), cloud(), data=b"not a pcb file at all")


RANGE = {
    "chamfer_e3": {
        "training": {"a": {"mean": 0.5, "p99": 1.0}, "b": {"mean": 0.5, "p99": 2.0}},
        "validation": {"a": {"mean": 0.5, "p99": 3.0}},
    }
}


def test_the_usual_limit() -> None:
    """The largest 99th percentile."""
    assert usual_limit(RANGE) == 3.0


@pytest.mark.parametrize(("chamfer_e3", "warns"), [(0.1, False), (2.99, False), (3.01, True), (1e9, True)])
def test_unlike_training(chamfer_e3: float, warns: bool, tiny: Model) -> None:
    model = Model(replace(tiny.file, info={**tiny.file.info, **RANGE}))
    warning = CLOUDS.unlike_training(model, model.bits, chamfer_e3 / 1e3)
    assert (warning is not None) == warns
    assert (
        CLOUDS.unlike_training(model, model.bits - 8, chamfer_e3 / 1e3) is None
    )  # no range of shorter codes


@pytest.mark.parametrize(
    "info",
    [
        {},
        {"chamfer_e3": {}},
        {"chamfer_e3": {"training": {}}},
        {"chamfer_e3": None},
        {"chamfer_e3": 5},
        {"chamfer_e3": {"training": [1]}},
        {"chamfer_e3": {"training": {"a": {"p99": "many"}}}},
        {"chamfer_e3": {"training": {"a": {}}}},
        {"chamfer_e3": {"training": {"a": None}}},
    ],
)
def test_models_without_a_range(info: dict[str, Any]) -> None:
    """The information of a model file is its maker's: nothing in it may stop an encoder."""
    assert usual_limit(info) is None
