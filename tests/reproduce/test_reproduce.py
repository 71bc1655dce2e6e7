"""Both posters' studies, whole, on tiny sets that the test writes: every system is trained and measured."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

for package in ("torch", "sklearn", "matplotlib"):
    pytest.importorskip(package)

from pcbin import cluster  # noqa: E402
from pcbin.cli.reproduce import reproduce as command  # noqa: E402
from pcbin.errors import InputError  # noqa: E402
from pcbin.metrics import GeneratedSet  # noqa: E402
from pcbin.reproduce import beta_vae, neighbourhoods, runs, vab  # noqa: E402
from pcbin.reproduce.beta_vae import measure  # noqa: E402
from pcbin.reproduce.beta_vae.sets import find  # noqa: E402
from pcbin.reproduce.neighbourhoods.clouds import study as study_clouds  # noqa: E402
from pcbin.reproduce.page import Page  # noqa: E402
from pcbin.training import checkpoint  # noqa: E402

SYSTEMS = {"AE", "VAE-N", "VAE-B", "VAE-bin"}


def chair(rng: np.random.Generator, points: int, *, arms: bool) -> np.ndarray:
    """(points, 3): points in a seat, a back, and armrests or not."""
    boxes = [
        ((-0.2, -0.05, -0.2), (0.2, 0.0, 0.2)),
        ((-0.2, 0.0, -0.2), (0.2, rng.uniform(0.3, 0.45), -0.15)),
    ]
    boxes += [((x, -0.4, z), (x + 0.05, -0.05, z + 0.05)) for x in (-0.2, 0.15) for z in (-0.2, 0.15)]
    if arms:
        boxes += [((x, 0.12, -0.2), (x + 0.04, 0.17, 0.2)) for x in (-0.2, 0.16)]
    which = rng.integers(len(boxes), size=points)
    low, high = (np.array([box[i] for box in boxes])[which] for i in (0, 1))
    return low + rng.random((points, 3)) * (high - low)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    clouds = np.stack([chair(rng, 512, arms=i % 2 == 0) for i in range(40)]).astype(np.float16)
    np.savez(folder / "modelnet10_chair.npz", points=clouds, split=["train"] * 30 + ["test"] * 10)
    np.savez(
        folder / "shapeassembly_chair.npz", points=clouds[::-1, :256], split=["val"] * 10 + ["train"] * 30
    )
    digits = rng.integers(0, 255, (10, 12, 12), dtype=np.uint8)
    labels = rng.integers(0, 10, 300)
    noisy = np.clip(digits[labels] + rng.normal(0, 20, (300, 12, 12)), 0, 255).astype(np.uint8)
    np.savez(
        folder / "mnist.npz",
        x_train=noisy[:220],
        y_train=labels[:220],
        x_test=noisy[220:],
        y_test=labels[220:],
    )
    return folder


def check_page(page: Path, figures: int) -> None:
    """The page stands alone, and all its parts lie beside it."""
    text = page.read_text(encoding="utf-8")
    assert text.count('src="data:image/png;base64,') == figures == len(list(page.parent.glob("*.png")))
    assert not re.search(r'src="(?!data:)', text)
    for link in re.findall(r'href="([^"]*)"', text):
        assert f'id="{link[1:]}"' in text if link.startswith("#") else (page.parent / link).is_file(), link
    for table in page.parent.glob("*.csv"):
        with table.open(newline="", encoding="utf-8") as file:
            assert len({len(row) for row in csv.reader(file)}) == 1


@pytest.fixture(scope="module")
def study_a(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return beta_vae.reproduce(
        data,
        tmp_path_factory.mktemp("a"),
        tiny=True,
        command="pcbin reproduce poster-a",
        report=lambda _: None,
    )


def test_poster_a_has_every_system(study_a: Path) -> None:
    check_page(study_a, 9)
    found = json.loads(study_a.with_suffix(".json").read_text(encoding="utf-8"))
    for name in ("modelnet10_chair", "shapeassembly_chair"):
        assert set(found[name]) == SYSTEMS | {"ratios"}
        for row in (found[name][system] for system in SYSTEMS):
            for split in ("train", "test"):
                # 256 points: the sum over the points is 256 times the mean of both directions
                sums = row[f"chamfer_sum_{split}"]
                assert sums == pytest.approx(256 * row[f"chamfer_e3_{split}"] / 1e3)
                assert row[f"chamfer_e3_{split}"] > 0
    ratios = found["modelnet10_chair"]["ratios"]
    assert ratios["floor_e3"] is None  # the try's clouds have no second sampling
    assert ratios["thresholding_test"] == pytest.approx(
        found["modelnet10_chair"]["VAE-bin"]["chamfer_e3_test"]
        / found["modelnet10_chair"]["VAE-B"]["chamfer_e3_test"]
    )
    studies = found["studies"]
    assert 0 <= studies["latents"]["near_ends_test"] <= 1
    assert set(studies["generation"]) >= {"fair coins"}
    assert sum(studies["mixture-vae"]["cluster_sizes"]) == 30
    assert studies["interpolation"]["to_first_e3"][0] == 0
    assert studies["interpolation"]["to_second_e3"][-1] == 0
    assert set(found["about"]["runs"]) == {
        f"{name}/{system}"
        for name in ("modelnet10_chair", "shapeassembly_chair")
        for system in ("ae", "vae-n", "vae-b", "mixture-vae")
        if (name, system) != ("shapeassembly_chair", "mixture-vae")
    }


def test_poster_a_goes_on_where_it_was(study_a: Path, data: Path) -> None:
    """A second call trains nothing and finds the same."""
    before = json.loads(study_a.with_suffix(".json").read_text(encoding="utf-8"))
    said: list[str] = []
    beta_vae.reproduce(
        data, study_a.parent, tiny=True, command="pcbin reproduce poster-a", report=said.append
    )
    after = json.loads(study_a.with_suffix(".json").read_text(encoding="utf-8"))
    for results in (before, after):
        del results["about"]["minutes_of_this_call"]
    assert before == after
    assert not any("step" in line for line in said)


def test_poster_b_has_every_system(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    page = vab.reproduce(data, tmp_path, tiny=True, command="pcbin reproduce poster-b", report=said.append)
    check_page(page, 5)
    found = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    rows = found["mnist"]
    assert set(rows) == {"K-means", "GMM", "VAB-16", "VAB", "VAB-plain", "VaDE-3", "VaDE"}
    for row in rows.values():
        assert row["seeds"] == [0, 1]
        assert row["acc_best"] == max(row["acc_of_seeds"])
        assert row["acc_mean"] == pytest.approx(np.mean(row["acc_of_seeds"]))
        assert row["acc_sem"] == pytest.approx(np.std(row["acc_of_seeds"], ddof=1) / np.sqrt(2))
    assert rows["VAB"]["bpp"] == pytest.approx(80 / 144)
    assert rows["VaDE"]["bpp"] == pytest.approx(320 / 144)
    assert "psnr_mean" not in rows["K-means"]
    # the consumer's clusters, once more from the two files
    run = tmp_path / "runs" / found["vendor_and_consumer"]["run"]
    mixture = cluster.Mixture.load(run / "mixture.pcbm")
    assert mixture.means.shape == (10, 80)
    # what was cut short is made again, what is there is not
    cell = next((tmp_path / "cells").glob("vab-80*"))
    cell.unlink()
    said.clear()
    vab.reproduce(data, tmp_path, tiny=True, command="pcbin reproduce poster-b", report=said.append)
    assert said.count(cell.stem) == 1
    assert not any(line.startswith("k-means") for line in said)
    assert cell.exists()


def test_beyond_b_has_every_system(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    page = neighbourhoods.reproduce(
        data, tmp_path, tiny=True, fashion=data / "mnist.npz", command="pcbin x", report=said.append
    )
    check_page(page, 6)
    found = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert set(found["mnist"]) == {"16", "32"}
    for bits, row in found["mnist"].items():
        assert row["seeds"] == [0, 1]
        assert row["acc_mean"] == pytest.approx(np.mean(row["acc_of_seeds"]))
        assert row["bpp"] == pytest.approx(int(bits) / 144)
        assert 0 < row["bpp_coded"] <= row["bpp"] * 1.2
        assert row["psnr_mse_mean"] > row["psnr_mse_network_mean"] > 0  # a search is worth something
        assert row["acc_network_mean"] == row["acc_mean"]  # and keeps the cluster
    assert set(found["beside"]) == {"binary-16", "binary-32", "VAB-80", "VaDE-10", "K-means", "GMM"}
    assert set(found["fashion"]) == {"neighbours-plain-32", "VaDE-10", "K-means"}
    run = tmp_path / "mnist" / "runs" / found["vendor_and_consumer"]["run"]
    assert cluster.Mixture.load(run / "mixture.pcbm").means.shape == (10, 32)
    assert found["vendor_and_consumer"]["entropy_components"] > 0
    # runs of one seed share them: two seeds of digits, of two lengths, and two of clothes
    assert sum("neighbourhood: 10 clusters" in line for line in said) == 4
    assert "clouds" not in found
    assert any("the clouds are left out" in line for line in said)
    said.clear()
    neighbourhoods.reproduce(data, tmp_path, tiny=True, command="pcbin x", report=said.append)
    assert not any(line.startswith(("neighbours", "clouds")) for line in said)  # all of it is there


def test_clouds_of_beyond_b(tmp_path: Path) -> None:
    """Three classes in ModelNet10's three files, so far apart that the neighbourhood knows them."""
    rng = np.random.default_rng(0)
    sizes = {"modelnet10_chair": (1, 0.1, 1), "modelnet10_others_2048": (0.1, 1, 0.1),
             "modelnet10_others_1024": (1, 1, 1)}  # fmt: skip
    for name, size in sizes.items():
        clouds = rng.uniform(-0.3, 0.3, (30, 64, 3)) * size
        labels: dict[str, Any] = {} if name.endswith("chair") else {"label": [name] * 30}
        np.savez(tmp_path / f"{name}.npz", points=clouds, split=["train"] * 20 + ["test"] * 10, **labels)
    page = Page(tmp_path / "out", "x", "x")
    found = study_clouds(page, tmp_path, tmp_path / "out", tiny=True, device="cpu", report=lambda _: None)
    assert set(found) == {"neighbours-clouds-16", "binary-clouds-16", "ae-clouds-16"}
    assert set(found["neighbours-clouds-16"]) == {"k_means", "mixture", "chamfer_e3", "steps", "minutes"}
    assert found["ae-clouds-16"]["k_means"]["nmi"] > 0.5
    assert (
        json.loads((tmp_path / "out" / "ae-clouds-16" / "figures.json").read_text()) == found["ae-clouds-16"]
    )


def test_a_class_of_a_set_of_many(data: Path, tmp_path: Path) -> None:
    with np.load(data / "modelnet10_chair.npz") as found:
        clouds = found["points"]
    labels = np.array(["chair", "sofa"] * 20)
    splits = np.array(["train"] * 30 + ["test"] * 10)
    np.savez(tmp_path / "furniture.npz", points=clouds, split=splits, label=labels)
    (one,) = find(tmp_path / "furniture.npz", "chair", 256)
    assert (one.key, len(one.train), len(one.test)) == ("furniture-chair", 15, 5)
    assert one.recipe(runs.shipped("ae")).data[0].classes == ("chair",)
    (known,) = find(data / "modelnet10_chair.npz", "chair", 256)  # one class: it has no labels
    assert (known.key, len(known.train), known.fraction) == ("modelnet10_chair", 30, 1.0)
    assert [found.fraction for found in find(data, "chair", 256)] == [1.0, 0.2]
    with pytest.raises(InputError, match="bed"):
        find(tmp_path / "furniture.npz", "bed", 256)
    with pytest.raises(InputError, match="no such file or folder"):
        find(tmp_path / "nothing", "chair", 256)


def test_images_without_labels_cannot_be_measured(data: Path, tmp_path: Path) -> None:
    with np.load(data / "mnist.npz") as found:
        np.savez(tmp_path / "bare.npz", x_train=found["x_train"], x_test=found["x_test"])
    with pytest.raises(InputError, match="no labels"):
        vab.reproduce(tmp_path / "bare.npz", tmp_path / "out", tiny=True, report=lambda _: None)


def test_shipped_recipes_are_those_of_the_posters() -> None:
    kinds = {
        name: runs.shipped(name).latent.kind
        for name in ("ae", "vae-n", "vae-b", "mixture-vae", "vab", "vade")
    }
    assert kinds == {
        "ae": "deterministic", "vae-n": "normal", "vae-b": "beta", "mixture-vae": "labelled-normal",
        "vab": "bernoulli-mixture", "vade": "gaussian-mixture",
    }  # fmt: skip
    for name in ("ae", "vae-n", "vae-b", "mixture-vae"):
        assert runs.shipped(name).latent.size == 128
        assert runs.shipped(name).decoder.widths == (1024, 1024, 1024)


def test_generation_measures() -> None:
    rng = np.random.default_rng(0)
    clouds = rng.normal(size=(6, 40, 3)).astype(np.float32)
    same = GeneratedSet(clouds, clouds)
    assert same.mmd_cd_e3 == pytest.approx(0, abs=1e-9)
    assert same.coverage == 1
    one = GeneratedSet(clouds[:1], clouds)  # one cloud is nearest to one only: itself
    assert one.coverage == pytest.approx(1 / 6)
    squared = ((clouds[0][:, None] - clouds[1][None]) ** 2).sum(axis=2)
    by_hand = squared.min(axis=0).mean() + squared.min(axis=1).mean()
    assert GeneratedSet(clouds[:1], clouds[1:2]).mmd_cd_e3 == pytest.approx(1e3 * by_hand)


def test_floor_is_measured_where_there_are_points_enough(data: Path) -> None:
    dense, sparse = find(data, None, 256)
    assert len(dense.floors) == len(dense.test)
    assert 0 < measure.floor_e3(dense) < 10  # type: ignore[operator]
    assert measure.floor_e3(sparse) is None


def test_armrests_are_seen() -> None:
    rng = np.random.default_rng(0)
    with_arms, without = (np.stack([chair(rng, 1000, arms=a) for _ in range(8)]) for a in (True, False))
    assert measure.arm_score(with_arms).min() > measure.arm_score(without).max()


def test_a_curve_that_falls_too_far_is_not_monotone() -> None:
    error = np.full(4, 0.1)
    assert measure.rises(np.array([0.0, 1.0, 0.9, 2.0]), error) == (pytest.approx(0.1), True)
    assert measure.rises(np.array([0.0, 1.0, 0.7, 2.0]), error) == (pytest.approx(0.3), False)


def test_a_run_of_other_data_is_refused(study_a: Path, data: Path) -> None:
    """The runs of one study do not serve another one in the same folder."""
    run = study_a.parent / "runs" / "modelnet10_chair" / "ae"
    with pytest.raises(InputError, match="another recipe"):
        list(runs.trained([runs.Run(runs.smaller(runs.shipped("ae"), steps=80, widths=32, points=64), run)],
                          data, device="cpu", report=lambda _: None))  # fmt: skip
    assert checkpoint.read(run / "checkpoint.safetensors").state.step == 40


def test_the_commands_are_there() -> None:
    assert set(command.commands) == {"poster-a", "poster-b", "beyond-b", "redraw"}
