"""Pictures of clouds, and what a report makes of codes."""

from __future__ import annotations

import io
import sys
from typing import Any

import numpy as np
import pytest

import pcbin
from pcbin.errors import InputError
from pcbin.pages.looks import Camera
from pcbin.pages.render import png, render, sheet
from pcbin.pages.report import Entry, features_of, histogram, positions, report


def entry(name: str, points: Any, **other: Any) -> Entry:
    found = Entry(name, "m", 16, 36, np.arange(16, dtype=np.uint8) % 2, False, points)
    return found._replace(**other)


def test_a_point_is_a_ball_in_the_middle() -> None:
    image = pcbin.render(np.zeros((1, 3)), size=65)
    dark = np.argwhere(image.min(axis=2) < 150)
    np.testing.assert_allclose(dark.mean(axis=0), 32, atol=1)
    assert np.ptp(dark, axis=0).max() < 5
    assert (image[:20] == 255).all()


def test_the_near_hides_the_far() -> None:
    """The error's colour says which of two points on one line of sight is seen."""
    points = np.array([[0, 0, 0.5], [0, 0, -0.5]])
    front = Camera(0, 0)
    for errors, red in (([1.0, 0.0], True), ([0.0, 1.0], False)):
        image = render(points, errors, size=64, camera=front).astype(int)
        middle = image[31:33, 31:33].reshape(-1, 3).mean(axis=0)
        assert bool(middle[0] > middle[2]) is red


def test_the_camera_turns() -> None:
    points = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.2, 0.0]])
    for turn, left in ((0, True), (180, False)):
        image = render(points, size=64, camera=Camera(turn, 0))
        columns = np.argwhere(image.min(axis=2) < 150)[:, 1]
        assert bool(np.sum(columns <= 32) > np.sum(columns > 32)) is left


@pytest.mark.parametrize("n", [1, 50, 20_000])
def test_all_numbers_of_points(n: int, cloud: Any) -> None:
    image = render(cloud(n, size=1e6, center=(1e9, 0.0, 0.0)), size=96)
    assert image.shape == (96, 96, 3)
    assert image.dtype == np.uint8
    assert image.min() < 150


def test_what_is_refused(cloud: Any) -> None:
    with pytest.raises(InputError, match="size = 8; use 16"):
        render(cloud(), size=8)
    with pytest.raises(InputError, match="empty"):
        render(np.zeros((0, 3)))


def test_png_is_read_by_pillow(cloud: Any) -> None:
    image = pytest.importorskip("PIL.Image")
    drawn = render(cloud(), size=48)
    np.testing.assert_array_equal(np.array(image.open(io.BytesIO(png(drawn)))), drawn)


def test_a_sheet_is_filled_up(cloud: Any) -> None:
    drawn = [render(cloud(seed=seed), size=32) for seed in range(5)]
    found = sheet(drawn)
    assert found.shape == (64, 96, 3)
    np.testing.assert_array_equal(found[32:, 32:64], drawn[4])
    assert (found[32:, 64:] == 255).all()


def test_codes_of_one_model_are_compared_by_bits(cloud: Any) -> None:
    entries = [entry(str(k), cloud(seed=k)) for k in range(3)]
    short = entries[0]._replace(code=entries[0].code[:8])
    assert features_of(entries)[0].shape == (3, 16)
    assert features_of([*entries, short])[0].shape == (4, 8)
    for other in ({"model": "n"}, {"is_cells": True}):
        features, what = features_of([*entries, entry("x", cloud(), **other)])
        assert features.shape == (4, 512)
        assert "shapes" in what


def test_shapes_that_are_alike_lie_near(cloud: Any) -> None:
    flat = [cloud(500, seed=k) * (1, 0.05, 1) for k in range(6)]
    tall = [cloud(500, seed=k) * (0.05, 1, 0.05) for k in range(6)]
    features, _ = features_of([entry("x", points, is_cells=True) for points in flat + tall])
    places, _ = positions(features)
    assert places.min() == 0
    assert places.max() == pytest.approx(1)
    distances = np.linalg.norm(places[:, None] - places, axis=2)
    assert distances[:6, :6].mean() < 0.8 * distances[:6, 6:].mean()


def test_maps_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 5)) * (10, 3, 0.1, 0.1, 0.1)
    places, how = positions(features)
    assert how == "PCA"
    assert abs(np.corrcoef(places[:, 0], features[:, 0])[0, 1]) > 0.99
    assert positions(np.zeros((4, 1)))[0].tolist() == [[0, 0]] * 4


def test_histograms_count_all() -> None:
    drawn = histogram([1.0, 1.0, 2.0, 5.0], "<x>")
    assert drawn.count("<rect") == 5
    assert "&lt;x&gt;" in drawn
    assert ">2</text>" in drawn


def test_a_report_escapes_names_and_puts_the_worst_first(cloud: Any) -> None:
    entries = [
        entry("good", cloud(), chamfer=1e-4, original=cloud(), psnr=float("inf")),
        entry("<script>", cloud(), chamfer=3e-3, warnings=["<odd>"]),
        entry("unknown", cloud()),
    ]
    text = report(entries, "a & b", failed=[("x<y", "why?")])
    assert "a &amp; b" in text
    assert "&lt;script&gt;" in text
    assert "&lt;odd&gt;" in text
    assert text.count("<script>") == 1
    assert [text.index(f"<td>{name}</td>") for name in ("&lt;script&gt;", "good", "unknown")] == sorted(
        text.index(f"<td>{name}</td>") for name in ("&lt;script&gt;", "good", "unknown")
    )
