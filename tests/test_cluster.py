"""The data consumer of poster B: clusters of codes without networks, and how good they are."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pcbin.cluster import Mixture
from pcbin.errors import InputError, ModelMismatch, WeightsCorrupt
from pcbin.metrics import accuracy, ari, nmi
from pcbin.models.model import Model

ID = bytes(range(8))


def numbers(components: int = 3, bits: int = 16, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(components, 5.0))
    return weights, rng.uniform(0.05, 0.95, (components, bits))


def mixture(components: int = 3, bits: int = 16, seed: int = 0) -> Mixture:
    return Mixture(ID, *numbers(components, bits, seed))


def codes(count: int, bits: int = 16, seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (count, bits // 8), dtype=np.uint8)


def test_what_it_is() -> None:
    found = mixture(3, 16)
    assert (found.model_id, found.components, found.bits) == (ID, 3, 16)
    assert repr(found) == "<pcbin.cluster.Mixture of 3 clusters, 16 bits, 0001020304050607>"


@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 40), st.integers(0, 99))
@settings(max_examples=60)
def test_against_scipy(components: int, width: int, count: int, seed: int) -> None:
    weights, means = numbers(components, 8 * width, seed)
    found, some = Mixture(ID, weights, means), codes(count, 8 * width, seed)
    bits = np.array([[code[i // 8] >> (i % 8) & 1 for i in range(8 * width)] for code in some], int)
    bits = bits.reshape(count, 8 * width)
    joint = weights * np.exp(stats.bernoulli(means).logpmf(bits[:, None]).sum(axis=2))
    np.testing.assert_allclose(found.responsibilities(some), joint / joint.sum(axis=1)[:, None], atol=1e-9)
    np.testing.assert_allclose(found.log_likelihood(some), np.log(joint.sum(axis=1)), atol=1e-9)
    labels = found.labels(some)
    assert (labels.shape, labels.dtype) == ((count,), np.int64)
    np.testing.assert_array_equal(labels, joint.argmax(axis=1))


def test_all_codes_of_one_byte_sum_to_one() -> None:
    every = np.arange(256, dtype=np.uint8)[:, None]
    assert float(np.exp(mixture(4, 8).log_likelihood(every)).sum()) == pytest.approx(1, abs=1e-12)


def test_batches_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    found, some = mixture(), codes(23)
    whole = found.responsibilities(some), found.labels(some), found.log_likelihood(some)
    monkeypatch.setattr("pcbin.models.bernoulli_mixture.BATCH_SIZE", 5)
    parts = found.responsibilities(some), found.labels(some), found.log_likelihood(some)
    for mine, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)


def test_codes_far_from_every_cluster() -> None:
    """4096 bits that are all improbable: nothing under- or overflows."""
    means = np.full((2, 4096), 1e-6)
    means[1, 0] = 2e-6
    found = Mixture(ID, [0.5, 0.5], means)
    far = np.full((1, 512), 255, np.uint8)
    np.testing.assert_allclose(found.responsibilities(far), [[1 / 3, 2 / 3]], atol=1e-6)
    assert float(found.log_likelihood(far)[0]) == pytest.approx(4096 * np.log(1e-6) + np.log(1.5), rel=1e-9)


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 3), np.uint8), np.zeros(2, np.uint8), np.zeros((2, 2)), np.zeros((2, 2), np.int64)]
)
def test_codes_of_another_form(wrong: Any) -> None:
    for method in (mixture().labels, mixture().responsibilities, mixture().log_likelihood):
        with pytest.raises(InputError, match=r"this mixture takes uint8 \(n, 2\)"):
            method(wrong)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model_id": b"1234"}, "a model id of 4 bytes; pass the 8 of `Model.id`"),
        ({"weights": [0.5, 0.6, 0.1]}, "sum to 1"),
        ({"weights": [1.0]}, r"pass \(C,\) weights and \(C, K\) means"),
        ({"weights": 1.0}, r"pass \(C,\) weights and \(C, K\) means"),
        ({"weights": ["a"] * 3}, "not arrays of numbers"),
        ({"means": np.full((3, 12), 0.5)}, "a multiple of 8"),
        ({"means": np.full((3, 0), 0.5)}, "a multiple of 8"),
        ({"means": np.full((3, 5000), 0.5)}, "a multiple of 8"),
        ({"means": np.full((3, 8), 1.0)}, "not between 0 and 1"),
        ({"means": np.full((3, 8), 1 - 1e-12)}, "not between 0 and 1; .*single precision"),
    ],
)
def test_numbers_that_are_no_mixture(changes: dict[str, Any], message: str) -> None:
    weights, means = numbers()
    with pytest.raises(InputError, match=message):
        Mixture(**{"model_id": ID, "weights": weights, "means": means, **changes})


def test_files(tmp_path: Path) -> None:
    wanted, path = mixture(), tmp_path / "m.pcbm"
    wanted.save(path)
    for found in (Mixture.load(path), Mixture.load(str(path)), Mixture.load(wanted.dumps())):
        assert (found.model_id, found.components, found.bits) == (ID, 3, 16)
        np.testing.assert_allclose(
            found.responsibilities(codes(9)), wanted.responsibilities(codes(9)), atol=1e-5
        )
        assert found.dumps() == path.read_bytes()
    with pytest.raises(InputError, match="exists"):
        wanted.save(path)
    mixture(4).save(path, overwrite=True)
    assert Mixture.load(path).components == 4
    with pytest.raises(
        InputError, match=r"none\.pcbm: no such mixture file; `pcbin models mixture` writes one"
    ):
        Mixture.load(tmp_path / "none.pcbm")
    path.write_bytes(b"nothing")
    with pytest.raises(WeightsCorrupt, match=r"m\.pcbm: not a mixture file"):
        Mixture.load(path)


def test_of_a_model(model_parts: Any) -> None:
    model, info, tensors = model_parts()
    with pytest.raises(InputError, match="model tiny carries no mixture; train one"):
        Mixture.of(Model.from_parts(model, info, tensors))
    weights, means = (values.astype(np.float32) for values in numbers())
    model["mixture"] = {"components": 3}
    tensors |= {"mixture/weights": weights, "mixture/means": means}
    carrier = Model.from_parts(model, info, tensors)
    found = Mixture.of(carrier)
    assert found.model_id == carrier.id
    np.testing.assert_array_equal(found.weights, weights)
    np.testing.assert_array_equal(found.means, means)
    np.testing.assert_array_equal(Mixture.load(found.dumps()).means, found.means)  # nothing is rounded


def test_check() -> None:
    mixture().check(ID, 16)
    for model_id, bits in ((bytes(8), 16), (ID, 24)):
        with pytest.raises(ModelMismatch, match=r"0001020304050607.*get the mixture of the codes' model"):
            mixture().check(model_id, bits)


def test_fit_finds_planted_clusters() -> None:
    rng = np.random.default_rng(0)
    means = np.where(rng.random((4, 64)) < 0.5, 0.08, 0.92)
    truth = rng.integers(0, 4, 800)
    some = np.packbits(rng.random((800, 64)) < means[truth], axis=1, bitorder="little")
    found = Mixture.fit(some, 4, model_id=ID)
    assert accuracy(truth, found.labels(some)) > 0.98
    again = Mixture.fit(some, 4, model_id=ID)
    np.testing.assert_array_equal(again.means, found.means)
    assert (
        found.log_likelihood(some).mean() > Mixture.fit(some, 1, model_id=ID).log_likelihood(some).mean() + 5
    )


def test_fit_refuses() -> None:
    for some, components in (
        (codes(3), 4),
        (codes(3), 0),
        (codes(0), 1),
        (codes(3).astype(int), 1),
        (np.zeros((3, 0), np.uint8), 1),
    ):
        with pytest.raises(InputError):
            Mixture.fit(some, components, model_id=ID)


# how good clusters are

labellings = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 5), min_size=n, max_size=n)] * 2)
)


@given(labellings)
def test_metrics_against_scikit_learn(pair: tuple[list[int], list[int]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    assert nmi(*pair) == pytest.approx(metrics.normalized_mutual_info_score(*pair), abs=1e-9)
    assert ari(*pair) == pytest.approx(metrics.adjusted_rand_score(*pair), abs=1e-9)


@given(
    st.integers(1, 25).flatmap(
        lambda n: st.tuples(*[st.lists(st.integers(0, 3), min_size=n, max_size=n)] * 2)
    )
)
def test_accuracy_is_the_best_of_all_assignments(pair: tuple[list[int], list[int]]) -> None:
    labels, clusters = map(np.array, pair)
    best = max((np.array(names)[clusters] == labels).mean() for names in itertools.permutations(range(4)))
    assert accuracy(labels, clusters) == pytest.approx(best)


@given(labellings, st.permutations(range(6)))
def test_names_of_clusters_do_not_matter(pair: tuple[list[int], list[int]], names: list[int]) -> None:
    labels, clusters = pair
    renamed = [f"cluster {names[c]}" for c in clusters]
    for metric in (accuracy, nmi, ari):
        assert metric(labels, renamed) == pytest.approx(metric(labels, clusters))
        assert metric(clusters, labels) == pytest.approx(metric(labels, clusters))
        assert metric(labels, [f"label {label}" for label in labels]) == pytest.approx(1)


def test_metrics_by_hand() -> None:
    labels, clusters = [0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]
    assert accuracy(labels, clusters) == pytest.approx(4 / 6)
    assert ari(labels, clusters) == pytest.approx(0.24242424)
    assert nmi(labels, [5] * 6) == ari(labels, [5] * 6) == 0
    assert accuracy(labels, [5] * 6) == 0.5
    assert nmi([1], ["x"]) == ari([1], ["x"]) == accuracy([1], ["x"]) == 1


@pytest.mark.parametrize(("labels", "clusters"), [([], []), ([1, 2], [1]), ([[1], [2]], [[1], [2]]), (3, 3)])
def test_metrics_refuse(labels: Any, clusters: Any) -> None:
    for metric in (accuracy, nmi, ari):
        with pytest.raises(InputError, match=r"pass two arrays \(n,\) of one length above 0"):
            metric(labels, clusters)
