"""One style: a system looks the same everywhere, clouds are drawn by depth, labels do not collide."""

from __future__ import annotations

import io
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from PIL import Image

from pcbin.pages.looks import FARTHEST, Camera
from pcbin.reproduce import charts, draw, style
from pcbin.reproduce.draw import Picture, Row

ROOT = Path(__file__).parents[2]
RIVALS = [
    "pcbin, effort 0", "pcbin, effort 5", "pcbin, effort 9", "nearest training shape",
    "nearest training shape + box", "nearest training octants + box", "PCA of matched points",
    "k points on a grid", "grid + zstd", "grid + pcodec", "Draco k-d tree", "LAZ",
]  # fmt: skip
CLUSTERERS = [
    "neighbourhoods",
    "neighbourhoods, plain",
    "binary autoencoder",
    "VAB",
    "VaDE",
    "K-means",
    "GMM",
]


def box(points: int = 600, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform((-0.2, -0.4, -0.1), (0.2, 0.4, 0.1), (points, 3))


@pytest.mark.parametrize("systems", [RIVALS, CLUSTERERS])
def test_systems_of_a_chart_are_told_apart(systems: list[str]) -> None:
    assert set(systems) <= set(style.SYSTEMS)
    found = style.looks(systems)
    assert len({look.colour for look in found.values()}) == len(systems)


def test_the_rivals_are_those_of_the_study() -> None:
    from benchmarks.rate_distortion import schemes

    class Quiet:
        def say(self, line: str) -> None:
            pass

    found = schemes.choose("chair", [16], [0, 5], trained=True, seed=0, progress=Quiet())  # type: ignore[arg-type]
    assert {scheme.name for scheme in found} <= set(style.SYSTEMS)


def test_a_system_looks_the_same_beside_any_others() -> None:
    alone, beside = style.looks(["VAB"]), style.looks(["new", "VaDE", "VAB", "another"])
    assert alone["VAB"] == beside["VAB"] == style.SYSTEMS["VAB"]
    assert beside["new"] == style.looks(["new"])["new"]


def test_unknown_systems_get_looks_of_their_own() -> None:
    names = [f"system {number}" for number in range(24)]
    found = style.looks([*style.SYSTEMS, *names])
    unknown = [found[name] for name in names]
    assert len(set(unknown)) == len(names)
    assert not {look.colour for look in unknown} & {look.colour for look in style.SYSTEMS.values()}


def colours_by_label(figure: Any) -> dict[str, str]:
    lines = [line for axes in figure.axes for line in axes.lines]
    return {line.get_label().removesuffix(" (raw pixels)"): line.get_color() for line in lines}


def test_a_system_has_one_colour_in_all_charts() -> None:
    curve = [(0.1, 50.0, 1.0), (0.2, 60.0, 1.0)]
    one = colours_by_label(charts.against_rate({"VAB": curve, "VaDE": curve}, {"K-means": (5, 1)}, "ACC"))
    two = colours_by_label(
        charts.against_rate({"neighbourhoods": curve, "VaDE": curve, "VAB": curve}, {}, "PSNR")
    )
    assert one["VAB"] == two["VAB"] == style.SYSTEMS["VAB"].colour
    assert one["VaDE"] == two["VaDE"]
    assert one["K-means"] == style.SYSTEMS["K-means"].colour


def drawn(picture: Picture) -> Any:
    axes = style.pyplot().figure().add_axes((0, 0, 1, 1))
    draw.cloud(axes, picture, size=2.0)
    return axes


def test_near_points_are_drawn_last_and_darkest() -> None:
    points = box()
    (scatter,) = drawn(Picture("", points)).collections
    right, up, near = Camera().project(points)
    order = np.argsort(near)
    np.testing.assert_allclose(scatter.get_offsets(), np.stack([right, up], axis=1)[order])
    brightness = scatter.get_facecolors()[:, :3].sum(axis=1)
    assert brightness[0] > brightness[-1] + 0.3
    assert np.corrcoef(brightness, near[order])[0, 1] < -0.9


def test_a_shadow_lies_on_the_ground() -> None:
    points = box()
    (shadow,) = drawn(Picture("", points)).images
    shade = np.asarray(shadow.get_array())[..., 3]
    left, right, low, high = shadow.get_extent()
    assert 0.1 < shade.max() < 0.5
    rows, columns = np.nonzero(shade > shade.max() / 2)
    ground = points * (1, 0, 1) + (0, points[:, 1].min(), 0)
    x, y, _ = Camera().project(ground)
    size = len(shade)
    assert left + columns.mean() / size * (right - left) == pytest.approx(x.mean(), abs=0.03)
    assert low + rows.mean() / size * (high - low) == pytest.approx(y.mean(), abs=0.03)


def test_errors_are_coloured_from_blue_to_red() -> None:
    original = box()
    moved = original.copy()
    moved[:50] += (0, 0, 0.5)
    picture = draw.decoded("", moved, original)
    assert picture.error is not None
    assert picture.error[50:].max() == 0
    assert picture.error[:50].min() > FARTHEST
    (scatter,) = drawn(picture).collections
    order = np.argsort(Camera().project(moved)[2], kind="stable")
    red, _, blue = scatter.get_facecolors()[:, :3].T
    wrong = order < 50
    assert (red[wrong] > blue[wrong]).all()
    assert (red[~wrong] < blue[~wrong]).all()


def texts(figure: Any) -> list[Any]:
    figure.canvas.draw()
    found = [text for text in figure.texts if text.get_text()]
    for axes in (axes for axes in figure.axes if axes.axison):
        found += [text for text in axes.get_xticklabels() if text.get_text()]
    return [text.get_window_extent() for text in found]


@pytest.mark.parametrize("columns", [1, 3, 5, 6, 9])
def test_no_label_is_clipped_or_collides(columns: int) -> None:
    label = "Connector_PinHeader_1.27mm_with_a_name_that_is_far_too_long"
    above = [Picture(label, box(seed=seed)) for seed in range(columns)]
    below = [
        draw.decoded("second worst: 10.84e-3\ndecoded from 512 bits", box(), one.points) for one in above
    ]
    figure = draw.clouds([Row("originals of a set", above), Row("decoded", below)])
    boxes = texts(figure)
    width, height = figure.canvas.get_width_height()
    for one in boxes:
        assert one.x0 >= -1
        assert one.y0 >= -1
        assert one.x1 <= width + 1
        assert one.y1 <= height + 1
    assert not [1 for one, two in combinations(boxes, 2) if one.overlaps(two)]


def test_only_pictures_with_errors_have_a_colour_bar() -> None:
    plain = draw.clouds([Row("", [Picture("", box())])])
    coloured = draw.clouds([Row("", [draw.decoded("", box(seed=1), box())])])
    assert (len(plain.axes), len(coloured.axes)) == (1, 2)


def test_a_confusion_matrix_has_its_numbers_and_classes() -> None:
    figure = charts.confusion(np.array([[1200, 30, 0], [5, 95, 7]]), ["cat", "dog"])
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["1,200", "30", "0", "5", "95", "7"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat  (of 1,230)", "dog  (of 107)"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["cat", "dog", "other 1"]
    np.testing.assert_allclose(np.asarray(axes.images[0].get_array()).sum(axis=1), 100)


def test_charts_are_as_wide_as_the_page() -> None:
    figure = charts.path_curves(np.ones((5, 2)), np.ones((5, 2)))
    assert figure.get_figwidth() == style.WIDTH
    image = Image.open(io.BytesIO(style.png(figure)))
    assert image.width == style.WIDTH * style.DPI
    assert image.mode == "P"
    assert image.info.keys() <= {"transparency"}


def test_pngs_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "MOST_BYTES", 8_000)
    noise = np.random.default_rng(0).integers(0, 255, (100, 150, 3), dtype=np.uint8)
    data = style.reduced(Image.fromarray(noise))
    assert len(data) <= 8_000
    assert Image.open(io.BytesIO(data)).width < 150


@pytest.mark.parametrize(
    "path", sorted([*(ROOT / "docs").rglob("*.png"), *(ROOT / "models").rglob("*.png")]), ids=str
)
def test_committed_pictures_are_small(path: Path) -> None:
    assert path.stat().st_size <= style.MOST_BYTES
