"""Shapes made by programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from pcbin.datasets import load
from pcbin.datasets.generated import FAMILIES, KINDS, SPLITS, shape, shapes
from pcbin.datasets.generated.parts import Parts, bend, cut, move, taper, transformed, turn, twist
from pcbin.datasets.generated.sampling import sample
from pcbin.datasets.generated.solids import ball, bar, box, extrude, lathe, prism, ring, rod, rounded_box
from pcbin.datasets.generated.sweeps import smooth, tube
from pcbin.errors import InputError


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(kind: str) -> None:
    """Finite, of the right size, normalised, spread, and no two alike."""
    clouds = np.stack([shape(kind, number, points=1200) for number in range(6)])
    assert clouds.shape == (6, 1200, 3)
    assert clouds.dtype == np.float32
    assert np.isfinite(clouds).all()
    low, high = clouds.min(axis=1), clouds.max(axis=1)
    np.testing.assert_allclose(np.linalg.norm(high - low, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(low + high, 0, atol=1e-5)
    for cloud in clouds:
        assert len(np.unique(cloud, axis=0)) == len(cloud)
    halves = clouds[:, ::2], clouds[:, 1::2]
    apart = np.array([[cKDTree(a).query(b)[0].mean() for a in halves[0]] for b in halves[1]])
    assert (
        apart + apart.T + np.eye(6) > 2.05 * np.diag(apart)
    ).all()  # farther than two samplings of one shape


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_many_of_every_kind(kind: str) -> None:
    """No draw of styles and proportions makes a program fail."""
    for number in range(300):
        assert np.isfinite(shape(kind, number, seed=7, points=64)).all()


def test_families_hold_each_kind_once() -> None:
    assert sum(len(kinds) for kinds in FAMILIES.values()) == len(KINDS)
    assert not set(FAMILIES) & set(KINDS)


def test_a_shape_depends_on_kind_seed_split_and_number_alone() -> None:
    few = shapes(4, kinds=["chair", "bolt"], seed=3, points=100)
    many = shapes(9, kinds=["bolt", "gear", "chair"], seed=3, points=100)
    assert few.labels.tolist() == ["chair", "bolt", "chair", "bolt"]
    assert few.names.tolist() == ["chair-3-0", "bolt-3-0", "chair-3-1", "bolt-3-1"]
    np.testing.assert_array_equal(few.points[few.labels == "chair"], many.points[many.labels == "chair"][:2])
    np.testing.assert_array_equal(few.points[1], shape("bolt", 0, seed=3, points=100).astype(np.float16))
    others = [shape("chair", 0, seed=4, points=100), shape("chair", 1, seed=3, points=100)]
    others += [shape("chair", 0, seed=3, split=split, points=100) for split in SPLITS]
    assert len({cloud.tobytes() for cloud in others}) == 5
    assert few.points.dtype == np.float16
    assert few.groups.tolist() == [0, 1, 2, 3]


def test_the_same_today_as_yesterday() -> None:
    """Statistics, not bits: other versions of NumPy may round otherwise, and must not draw otherwise."""
    spread = [float(shape(kind, 0).std(axis=0).sum()) for kind in ("chair", "bolt", "tree")]
    assert spread == pytest.approx([0.4477, 0.4502, 0.3857], abs=1e-3)


def test_recipes_name_it_as_any_other_set(tmp_path: Path) -> None:
    found = load(tmp_path / "generated:5:3", split="test", classes=["table", "vehicles"], points=50)
    assert found.points.shape == (5, 50, 3)
    assert found.labels.tolist() == ["table", *list(FAMILIES["vehicles"])[:4]]
    np.testing.assert_array_equal(
        found.points[0], shape("table", 0, seed=3, split="test", points=50).astype(np.float16)
    )
    done: list[tuple[int, int]] = []
    load("generated:2", points=50, progress=lambda *counts: done.append(counts))
    assert done == [(1, 2), (2, 2)]


def test_training_reads_it(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from pcbin.training.recipe import parse
    from pcbin.training.tasks.clouds import load_data

    data = [{"path": "generated:8", "classes": ["chair"], "validation": 0.25}]
    sets, held_out = load_data(parse({"name": "x", "data": data, "train": {"points": 64}}, "here"), tmp_path)
    assert sets[0].points.shape == (6, 64, 3)
    assert held_out["generated:8 (chair)"].shape == (2, 64, 3)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("generated:", {}, "write generated:COUNT or generated:COUNT:SEED"),
        ("generated:0", {}, "write generated:COUNT"),
        ("generated:many", {}, "write generated:COUNT"),
        ("generated:5", {"classes": ["chiar"]}, "no class 'chiar'; use one that is there: furniture, "),
        ("generated:5", {"split": "dev"}, "no split 'dev'; use one that is there: train, val, test"),
    ],
)
def test_what_is_not_there(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        load(name, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"count": 0}, {"seed": -1}, {"points": 0}, {"split": "dev"}])
def test_bad_numbers(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        shapes(**{"count": 1, **wrong})  # type: ignore[arg-type]


SOLIDS = {
    "box": box((0.1, 0.2, 0), (1, 0.5, 0.7)),
    "bar": bar((0, 0, 0), (0.5, 1, 0.2), 0.3, 0.2, 0.5),
    "rod": rod((0, 0, 0), (0.5, 1, 0.2), 0.3, 0.1, sides=200),
    "lathe": lathe([(0.1, 0), (0.5, 0), (0.3, 0.6), (0.4, 1), (0.1, 1), (0.1, 0)], sides=200),
    "extrude": extrude([(0, 0), (1, 0), (1, 0.3), (0.3, 0.3), (0.3, 1), (0, 1)], 0.4),
    "ball": ball((0, 0, 0), (0.5, 0.3, 0.4)),
    "rounded_box": rounded_box((0, 0, 0), (1, 0.5, 0.7), 0.1),
    "ring": ring((0, 0, 0), 0.5, 0.2),
    "prism": prism(1, 0.6, 0, 0.8, 0.4),
    "tube": tube(smooth([(0, 0, 0), (0.5, 0.2, 0), (0.6, 0.8, 0.3)], 20), 0.1, sides=60),
}


def area(parts: Parts) -> float:
    edges = np.concatenate([part.triangles[:, 1:] - part.triangles[:, :1] for part in parts])
    return float(np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum() / 2)


@pytest.mark.parametrize("name", SOLIDS)
@pytest.mark.parametrize("warp", ["none", "moved", "bent", "twisted", "tapered"])
def test_inside_agrees_with_the_surface(name: str, warp: str) -> None:
    """A solid's test and its triangles are written apart: the surface lies between the two margins."""
    part = SOLIDS[name]
    parts = {
        "none": lambda: [part],
        "moved": lambda: transformed(turn([part], 0, 30), np.diag([-1, 1, 1]), (1, 2, 3)),
        "bent": lambda: bend([part], 60, 2.0, 1, 0),
        "twisted": lambda: twist([part], 60, 1.0),
        "tapered": lambda: taper([part], 0.6, 1.5),
    }[warp]()
    solid = parts[0]
    assert solid.inside is not None
    rng = np.random.default_rng(0)
    weights = rng.dirichlet((1, 1, 1), 3000)
    edges = solid.triangles[:, 1:] - solid.triangles[:, :1]
    sizes = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    rows = rng.choice(len(sizes), 3000, p=sizes / sizes.sum())
    surface = (solid.triangles[rows] * weights[..., None]).sum(axis=1)
    assert not solid.inside(surface, 0.035).any()
    assert solid.inside(surface, -0.035).all()


def test_area_is_sampled_evenly() -> None:
    """A thin rod beside a box gets the points of its share of the area."""
    thin, thick = rod((0, 0, 0), (0, 1, 0), 0.01, sides=60), box((1, 0.5, 0), (1, 1, 0.2))
    points = sample([thin, thick], 40_000, np.random.default_rng(0))
    share = float((points[:, 0] < points[:, 0].min() + 0.1).mean())
    assert share == pytest.approx(area([thin]) / area([thin, thick]), abs=0.003)
    side = points[points[:, 2] > points[:, 2].max() - 1e-4]  # the box's front, as a grid of equal cells
    counts, _, _ = np.histogram2d(side[:, 0], side[:, 1], bins=6)
    assert counts.std() < 1.5 * counts.mean() ** 0.5


def test_only_the_outer_surface_of_a_union() -> None:
    """A ball in a box is not seen; half a ball upon it is."""
    block = box((0, 0, 0), (1, 1, 1))
    rng = np.random.default_rng(0)
    hidden = sample([block, ball((0, 0, 0), 0.4)], 5000, rng)
    assert (np.abs(hidden).max(axis=1) > 0.5 / 3**0.5 - 1e-5).all()
    dome = sample([block, ball((0, 0.5, 0), 0.4)], 5000, rng) * np.linalg.norm([1, 1.4, 1])
    above = dome[:, 1] > 0.3 + 0.01
    assert above.mean() == pytest.approx(2 * np.pi * 0.16 / (6 + np.pi * 0.16), abs=0.02)


def test_cut_removes_and_lines_the_hole() -> None:
    """A drilled plate has no point in its hole, and points on the hole's wall."""
    plate, hole = box((0, 0, 0), (2, 0.5, 2)), rod((0, -1, 0), (0, 1, 0), 0.5, sides=100)
    points = sample(cut([plate], hole), 20_000, np.random.default_rng(0)) * np.linalg.norm([2, 0.5, 2])
    radius = np.hypot(points[:, 0], points[:, 2])
    assert radius.min() > 0.499
    wall = 2 * np.pi * 0.5 * 0.5
    assert (radius < 0.5001).mean() == pytest.approx(wall / (wall + 2 * (4 - np.pi / 4) + 4), abs=0.01)


def test_nothing_left_is_an_error_of_the_program() -> None:
    inner, outer = box((0, 0, 0), (1, 1, 1)), box((0, 0, 0), (3, 3, 3))
    gone = cut([inner], outer)
    with pytest.raises(RuntimeError, match="hidden"):
        sample(gone, 100, np.random.default_rng(0))
    with pytest.raises(ValueError, match="closed solid"):
        cut([inner], move(gone, 1)[1])
