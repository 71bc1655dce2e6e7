"""`BernoulliMixture` and `KModes`: scikit-learn's methods on packed codes, against plain arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

import pcbin
from pcbin.arrays import pack_bits, unpack_bits
from pcbin.cluster import BernoulliMixture, KModes, choose, medoids
from pcbin.errors import InputError
from pcbin.metrics import accuracy


def planted(count: int = 600, clusters: int = 4, bits: int = 64, seed: int = 0) -> tuple[Any, Any]:
    """Codes of clusters whose bits are nearly certain, and the cluster of each."""
    rng = np.random.default_rng(seed)
    means = np.where(rng.random((clusters, bits)) < 0.5, 0.1, 0.9)
    labels = rng.integers(0, clusters, count)
    return pack_bits(rng.random((count, bits)) < means[labels]), labels


def test_mixture_against_scipy() -> None:
    codes, _ = planted(200, 3, 24)
    fitted = BernoulliMixture(3).fit(codes)
    logs = stats.bernoulli(fitted.means_).logpmf(unpack_bits(codes)[:, None].astype(int)).sum(axis=2)
    logs += np.log(fitted.weights_)
    nats = logsumexp(logs, axis=1)
    np.testing.assert_allclose(fitted.score_samples(codes), nats)
    np.testing.assert_allclose(fitted.predict_proba(codes), np.exp(logs - nats[:, None]), atol=1e-9)
    np.testing.assert_array_equal(fitted.predict(codes), logs.argmax(axis=1))
    assert fitted.score(codes) == pytest.approx(nats.mean())
    assert fitted.lower_bound_ == pytest.approx(nats.mean(), abs=1e-4)
    free = 3 * 24 + 2
    assert fitted.bic(codes) == pytest.approx(free * np.log(200) - 2 * nats.sum())
    assert fitted.aic(codes) == pytest.approx(2 * free - 2 * nats.sum())
    assert fitted.converged_
    assert fitted.n_iter_ > 0
    assert fitted.n_features_in_ == 3


def test_a_step_against_double_precision() -> None:
    """From a given start, more codes than one block: the step of the textbook, in float64."""
    codes, _ = planted(3000, 5, 128)
    x = unpack_bits(codes).astype(np.float64)
    means, weights = 0.25 + 0.5 * x[:5], np.array([0.1, 0.2, 0.3, 0.2, 0.2])
    fitted = BernoulliMixture(5, weights_init=weights, means_init=means, max_iter=1).fit(codes)
    logs = x @ np.log(means).T + (1 - x) @ np.log(1 - means).T + np.log(weights)
    share = np.exp(logs - logsumexp(logs, axis=1)[:, None])
    counts = share.sum(axis=0)
    np.testing.assert_allclose(fitted.means_, (share.T @ x + 1) / (counts[:, None] + 2), atol=1e-6)
    np.testing.assert_allclose(fitted.weights_, (counts + 1) / (3000 + 5), atol=1e-6)
    assert not fitted.converged_


@pytest.mark.parametrize("maker", [BernoulliMixture, KModes])
def test_planted_clusters(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    codes, labels = planted()
    found = maker(4).fit_predict(codes)
    assert accuracy(labels, found) > 0.98
    np.testing.assert_array_equal(maker(4).fit(codes).predict(codes), found)
    for module in ("bernoulli_mixture", "k_modes"):
        monkeypatch.setattr(f"pcbin.cluster.{module}.SUBSET", 150)
    assert accuracy(labels, maker(4).fit_predict(codes)) > 0.98


def test_samples() -> None:
    codes, _ = planted()
    fitted = BernoulliMixture(4).fit(codes)
    drawn, clusters = fitted.sample(5000)
    assert drawn.dtype == np.uint8
    assert drawn.shape == (5000, 8)
    np.testing.assert_allclose(np.bincount(clusters) / 5000, fitted.weights_, atol=0.03)
    for c in range(4):
        seen = unpack_bits(drawn[clusters == c]).mean(axis=0)
        np.testing.assert_allclose(seen, fitted.means_[c], atol=0.07)
    np.testing.assert_array_equal(fitted.sample(7)[0], fitted.sample(7)[0])
    other = fitted.set_params(random_state=1).sample(7)[0]
    assert not np.array_equal(other, drawn[:7])


def test_choice_by_bic() -> None:
    codes, labels = planted(1200, 5)
    best, tried = choose(codes)
    assert best.n_components == 5
    assert min(tried, key=lambda count: tried[count]) == 5
    assert tried[5] == pytest.approx(best.bic(codes))
    assert accuracy(labels, best.predict(codes)) > 0.98
    assert choose(codes, most=3)[0].n_components == 3
    assert choose(codes[:1])[0].n_components == 1


def test_k_modes_by_hand() -> None:
    """The inertia is that of the modes, no bit of which can be flipped to lower it."""
    codes, _ = planted(90, 3, 16)
    fitted = KModes(3).fit(codes)
    apart = (unpack_bits(codes)[:, None] != unpack_bits(fitted.cluster_centers_)).sum(axis=2)
    np.testing.assert_array_equal(fitted.transform(codes), apart)
    np.testing.assert_array_equal(fitted.labels_, apart.argmin(axis=1))
    assert fitted.inertia_ == apart.min(axis=1).sum() == -fitted.score(codes)
    for c in range(3):
        share = unpack_bits(codes[fitted.labels_ == c]).mean(axis=0)
        mode = unpack_bits(fitted.cluster_centers_[c])
        assert ((share == 0.5) | (mode == (share > 0.5))).all()


def test_k_modes_of_few_different_codes() -> None:
    """More modes than different codes: nothing is lost, and no cluster is left out of range."""
    codes = np.repeat(np.array([[0], [255]], np.uint8), 5, axis=0)
    fitted = KModes(4).fit(codes)
    assert fitted.inertia_ == 0
    assert len(set(fitted.labels_[:5])) == len(set(fitted.labels_[5:])) == 1


def test_medoids() -> None:
    codes, labels = planted(60, 3, 16)
    found = medoids(codes, labels, 5)
    bits = unpack_bits(codes)
    for c in range(3):
        rows = np.flatnonzero(labels == c)
        totals = (bits[rows][:, None] != bits[rows]).sum(axis=(1, 2))
        assert found[c] == rows[totals.argmin()]
    assert found[3] == found[4] == -1


def test_scikit_learn_takes_them() -> None:
    base = pytest.importorskip("sklearn.base")
    selection = pytest.importorskip("sklearn.model_selection")
    pipeline = pytest.importorskip("sklearn.pipeline")
    codes, labels = planted(300, 3, 32)
    for estimator in (BernoulliMixture(3, tol=1e-3), KModes(3, n_init=2)):
        copy = base.clone(estimator)
        assert copy.get_params() == estimator.get_params()
        found = pipeline.make_pipeline(copy).fit(codes).predict(codes)
        assert accuracy(labels, found) > 0.95
    search = selection.GridSearchCV(BernoulliMixture(), {"n_components": [1, 3]}, cv=2).fit(codes)
    assert search.best_params_ == {"n_components": 3}


def test_parameters() -> None:
    estimator = BernoulliMixture(3, tol=1e-3)
    assert repr(estimator) == "BernoulliMixture(n_components=3, tol=0.001)"
    assert estimator.set_params(n_components=2).get_params()["n_components"] == 2
    with pytest.raises(InputError, match="components: no parameter of BernoulliMixture; it has"):
        estimator.set_params(components=2)
    assert pcbin.BernoulliMixture is BernoulliMixture
    assert pcbin.KModes is KModes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_components": 9}, "9 clusters of 8 codes"),
        ({"n_components": 0}, "clusters = 0; pass a whole number"),
        ({"n_init": True}, "starts = True"),
        ({"max_iter": 1.5}, "steps = 1.5"),
        ({"random_state": "a"}, "random_state = 'a'"),
        ({"weights_init": [1.0]}, "weights_init without means_init"),
        ({"means_init": np.full((1, 8), 0.5)}, r"pass \(1,\) and \(1, 16\)"),
        ({"means_init": np.full((1, 16), 1.0)}, r"means inside \(0, 1\)"),
        ({"means_init": np.full((1, 16), 0.5), "weights_init": [0.5]}, "weights that sum to 1"),
    ],
)
def test_what_cannot_be_fitted(changes: dict[str, Any], message: str) -> None:
    codes, _ = planted(8, 2, 16)
    with pytest.raises(InputError, match=message):
        BernoulliMixture(**changes).fit(codes)


@pytest.mark.parametrize("estimator", [BernoulliMixture(2), KModes(2)])
def test_codes_of_another_form(estimator: Any) -> None:
    codes, _ = planted(8, 2, 16)
    with pytest.raises(InputError, match="is not fitted; call fit first"):
        estimator.predict(codes)
    for wrong in (codes.astype(int), codes[0], codes[:0], unpack_bits(codes).astype(float)):
        with pytest.raises(InputError, match=r"pass uint8 \(n, K / 8\)"):
            estimator.fit(wrong)
    with pytest.raises(InputError, match=r"takes uint8 \(n, 2\)"):
        estimator.fit(codes).predict(codes[:, :1])
    with pytest.raises(InputError, match="n_samples = 0"):
        BernoulliMixture().fit(codes).sample(0)
