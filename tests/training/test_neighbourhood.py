"""Clusters from who is whose neighbour: features, graph, spectral clustering, and training by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_helpers import patterns, table, write_npz

from pcbin.errors import InputError
from pcbin.metrics import accuracy
from pcbin.training.image_augmentation import Jitter
from pcbin.training.neighbourhood import graph, spectral
from pcbin.training.neighbourhood.features import CELLS, OfImages, Principal, of_clouds, upright
from pcbin.training.neighbourhood.pseudo_labels import NAME, pseudo_labels
from pcbin.training.recipe import Recipe, parse


def rings(count: int = 150) -> tuple[Any, Any]:
    """Two rings, one inside the other: what K-means cannot part. (2 count, 2) points and their rings."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 2 * count)
    which = np.repeat([0, 1], count)
    radius = np.where(which == 0, 1.0, 3.0) + rng.normal(0, 0.08, 2 * count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32), which


def slanted(angle: float) -> Any:
    """A (28, 28) bar, sheared."""
    rows, columns = np.mgrid[:28, :28]
    middle = 13.5 + angle * (rows - 13.5)
    return ((abs(columns - middle) < 2) & (abs(rows - 13.5) < 8)).astype(np.float32)


@pytest.mark.parametrize("count", [1, 5])
def test_nearest_as_by_brute_force(count: int) -> None:
    data = np.random.default_rng(1).normal(size=(700, 6)).astype(np.float32)
    apart = np.linalg.norm(data[:, None] - data[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    wanted = np.sort(apart, axis=1)[:, :count]
    found = graph.nearest(data, count)
    np.testing.assert_allclose(np.sort(np.take_along_axis(apart, found, 1), axis=1), wanted, rtol=1e-4)


def test_changed_copies_bring_neighbours_nearer() -> None:
    """Each has a twin that lies far away as it is, and near when it is changed."""
    rng = np.random.default_rng(2)
    one = rng.normal(size=(40, 5)).astype(np.float32)
    shift = np.array([2, 0, 0, 0, 0], np.float32)
    data = np.concatenate([one, one + shift])
    twin = np.concatenate([np.arange(40, 80), np.arange(40)])
    there = [data + shift, data - shift]
    assert (graph.closest(data, 1, [])[:, 0] == twin).mean() < 0.5
    changed = graph.closest(data, 5, there)[:, 0]
    assert (changed == twin).mean() > 0.9


def test_a_graph_is_symmetric() -> None:
    links = graph.graph(np.array([[1], [2], [0], [0]])).toarray()
    np.testing.assert_array_equal(links, links.T)
    assert links.sum() == 8
    assert set(np.unique(links)) == {0, 1}


def test_rings_are_parted() -> None:
    data, which = rings()
    links = graph.graph(graph.nearest(data, 6))
    found = spectral.clusters(links, 2, (2, 4), seed=0)
    assert accuracy(which, found.labels) == 1.0
    assert found.evenness == pytest.approx(np.log(2))
    assert 2 <= found.eigenvectors <= 4


def test_a_graph_in_parts_is_parted() -> None:
    """Four rings far from each other: the eigenvalue 1 four times."""
    data, _ = rings(40)
    far = np.concatenate([data[40:] + np.array([100 * part, 0], np.float32) for part in range(4)])
    found = spectral.clusters(graph.graph(graph.nearest(far, 6)), 4, (4, 4), seed=0)
    assert accuracy(np.repeat(np.arange(4), 40), found.labels) == 1.0


def test_an_upright_image_has_no_slant() -> None:
    images = np.stack([slanted(angle) for angle in (-0.6, 0.0, 0.4)])
    made = upright(images)
    assert np.abs(made[0] - made[1]).mean() < 0.4 * np.abs(images[0] - images[1]).mean()
    rows, columns = np.mgrid[:28, :28] - 13.5
    for image in made:
        assert abs((image * rows * columns).sum() / image.sum()) < 0.5
        assert abs((image * columns).sum() / image.sum()) < 0.1
    empty = upright(np.zeros((1, 28, 28), np.float32))
    assert np.isfinite(empty).all()


def test_features_of_images_are_changed_only_when_asked() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (5, 8, 9)).astype(np.uint8)
    features = OfImages(pixels, deskew=False, jitter=Jitter(rotate=30))
    plain = features(None)
    np.testing.assert_allclose(plain, pixels.reshape(5, -1) / 255, rtol=1e-6)
    changed = features(np.random.default_rng(0))
    assert np.abs(changed - plain).max() > 0.1


def test_features_of_clouds_know_what_is_where(cloud: Any) -> None:
    one = cloud(500, seed=1).astype(np.float32)
    one /= np.linalg.norm(np.ptp(one, axis=0))
    one -= (one.min(axis=0) + one.max(axis=0)) / 2
    mirrored = one * np.array([1, 1, -1], np.float32)
    found = of_clouds([one, one[np.random.default_rng(0).permutation(500)], mirrored])
    assert found.shape == (3, CELLS**3)
    np.testing.assert_allclose(np.square(found).sum(axis=1), 1, atol=0.05)  # a distribution's square root
    np.testing.assert_array_equal(found[0], found[1])
    assert np.abs(found[0] - found[2]).max() > 0.01


@pytest.mark.parametrize(("count", "size"), [(100, 20), (30, 200), (2100, 1100), (1100, 2100)])
def test_principal_components_keep_distances(count: int, size: int) -> None:
    """Of data that have three dimensions, in every way that these are computed."""
    rng = np.random.default_rng(4)
    low = rng.normal(size=(count, 3)) @ rng.normal(size=(3, size))
    data = (low + 5).astype(np.float32)
    found = Principal(data, 3)(data)
    assert found.shape == (count, 3)
    np.testing.assert_allclose(
        np.linalg.norm(found[0] - found[1:], axis=1), np.linalg.norm(data[0] - data[1:], axis=1), rtol=1e-3
    )
    assert (np.diff(found.var(axis=0)) < 0).all()


def test_fewer_components_than_asked_for() -> None:
    data = np.random.default_rng(5).normal(size=(12, 40)).astype(np.float32)
    assert Principal(data, 64)(data).shape == (12, 11)


torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")


def guided(kind: str = "bernoulli-mixture", **changes: Any) -> Recipe:
    """The bars of image_helpers, with clusters of their own to agree with."""
    made = table(kind, steps=120, batch=16, validate_every=120)
    made["latent"]["options"] = {"components": 4}
    made["neighbourhood"] = {"weight": 2.0, "neighbours": 4, "dimensions": 8, "eigenvectors": [4, 4]}
    made["jitter"] = {"shift": 0.3}
    for name, values in changes.items():
        made[name] = {**made.get(name, {}), **values}
    return parse(made, "test")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    write_npz(folder / "set.npz", train=200)
    return folder


def test_labels_are_found_once(data: Path, tmp_path: Path) -> None:
    from pcbin.training.tasks import ImageTask

    plan, said = guided(neighbourhood={"copies": 2}), []
    task = ImageTask(plan, data)
    found = pseudo_labels(plan, 4, task, tmp_path, report=said.append)
    assert found.shape == (len(task.pixels),)
    assert "4 clusters" in said.pop()
    np.testing.assert_array_equal(pseudo_labels(plan, 4, task, tmp_path, report=said.append), found)
    assert not said
    pseudo_labels(guided(neighbourhood={"neighbours": 5}), 4, task, tmp_path, report=said.append)
    assert said  # asked for something else
    (tmp_path / NAME).write_bytes(b"broken")
    np.testing.assert_array_equal(pseudo_labels(plan, 4, task, tmp_path, report=said.append), found)


@pytest.mark.parametrize("own", [0.0, 0.5])
@pytest.mark.parametrize("kind", ["bernoulli-mixture", "gaussian-mixture"])
def test_clusters_follow_the_neighbourhood(kind: str, own: float, data: Path, tmp_path: Path) -> None:
    """Bars have four kinds; the latent says which, from the mixture alone."""
    from pcbin.reproduce import runs
    from pcbin.training.train import train

    options = {"components": 4, **({"estimator": "threshold"} if kind.startswith("bernoulli") else {})}
    plan = guided(kind, latent={"options": options}, neighbourhood={"own": own})
    train(plan, data, tmp_path / "run", report=lambda _: None)
    system = runs.load(tmp_path / "run")
    pixels, kinds = patterns(100, seed=5)
    with torch.no_grad():
        z = system.latent.mean(system.params((pixels / 255).astype(np.float32)))
        found = system.latent.log_responsibilities(z).argmax(dim=1).numpy()  # type: ignore[operator]
    assert accuracy(kinds, found) > 0.95
    log = (tmp_path / "run" / "log.csv").read_text()
    assert "term guidance" in log


def test_what_cannot_be_guided_is_said(data: Path, tmp_path: Path) -> None:
    from pcbin.training.build import build
    from pcbin.training.train import train

    with pytest.raises(InputError, match="needs a latent with clusters"):
        build(guided("bernoulli", latent={"options": {}}))
    with pytest.raises(InputError, match=r"eigenvectors = \[6, 4\]"):
        build(guided(neighbourhood={"eigenvectors": [6, 4]}))
    with pytest.raises(InputError, match="splice = 0"):
        build(guided(augment={"splice": 0.2}))
    with pytest.raises(InputError, match="too few for 500 neighbours"):
        train(guided(neighbourhood={"neighbours": 500}), data, tmp_path / "run", report=lambda _: None)
    with pytest.raises(InputError, match="deskew = 1"):
        guided(neighbourhood={"deskew": 1})


def test_straight_through_mixture_costs_what_its_code_costs() -> None:
    from pcbin.training.latents import make_latent

    torch.manual_seed(0)
    latent = make_latent("bernoulli-mixture", 6, components=3, estimator="threshold")
    params = torch.randn(5, 6, requires_grad=True)
    drawn = latent.sample(params)
    bits = (params > 0).float()
    torch.testing.assert_close(drawn.z.detach(), 2 * bits - 1)
    weights, means = latent.mixture()  # type: ignore[operator]
    each = torch.where(bits[:, None] == 1, means, 1 - means).prod(dim=2)
    torch.testing.assert_close(drawn.terms["z"], -(each @ weights).log())
    drawn.z.sum().backward()
    p = torch.sigmoid(params.detach())
    torch.testing.assert_close(params.grad, 2 * p * (1 - p))
    with pytest.raises(InputError, match="unknown estimator"):
        make_latent("bernoulli-mixture", 6, estimator="nothing")


def test_clouds_are_guided_too(tmp_path: Path) -> None:
    """Flat boxes and tall ones."""
    from pcbin.reproduce import runs
    from pcbin.training.train import train

    rng = np.random.default_rng(0)
    which = np.repeat([0, 1], 60)
    sizes = np.where(which[:, None] == 0, [[1.0, 0.1, 1.0]], [[0.2, 1.0, 0.2]])
    sizes = sizes * rng.uniform(0.9, 1.1, (120, 3))
    clouds = rng.uniform(-0.5, 0.5, (120, 64, 3)) * sizes[:, None]
    clouds = (clouds / np.linalg.norm(np.ptp(clouds, axis=1), axis=1)[:, None, None]).astype(np.float32)
    np.savez(tmp_path / "set.npz", points=clouds)
    table = {
        "name": "boxes",
        "data": [{"path": "set.npz"}],
        "encoder": {"point_widths": [16, 32], "widths": [32]},
        "latent": {
            "kind": "bernoulli-mixture",
            "size": 8,
            "options": {"components": 2, "estimator": "threshold"},
        },
        "decoder": {"widths": [32], "points": 64},
        "objective": {"kl_weight": 0.01},
        "neighbourhood": {"weight": 5.0, "neighbours": 4, "eigenvectors": [2, 2], "copies": 1},
        "augment": {"scale": 0.1},
        "train": {"steps": 80, "batch": 16, "points": 64, "encoder_points": 64, "warmup": 2, "average": 0.9},
    }
    train(parse(table, "test"), tmp_path, tmp_path / "run", report=lambda _: None)
    system = runs.load(tmp_path / "run")
    with torch.no_grad():
        z = system.latent.mean(system.params(clouds))
        found = system.latent.log_responsibilities(z).argmax(dim=1).numpy()  # type: ignore[operator]
    assert accuracy(which, found) > 0.95
