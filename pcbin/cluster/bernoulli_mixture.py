"""A Bernoulli mixture with scikit-learn's methods, on packed codes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pcbin._bits import is_whole
from pcbin.arrays import Codes, Float64
from pcbin.cluster._estimator import SUBSET, Estimator, fitting, generator
from pcbin.errors import InputError
from pcbin.models import bernoulli_mixture as em

LADDER = (1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256)
"""Numbers of clusters that `choose` tries first, each about 1.4 times the one before."""
PATIENCE = 2
"""How many of them may be worse than the best before it stops."""


class BernoulliMixture(Estimator):
    """Clusters of packed binary codes: p(z) = sum_c pi_c prod_k mu_ck^z_k (1 - mu_ck)^(1 - z_k).

    Fitted by expectation maximisation with one pseudo-count of each bit value (Bishop, 2006, section 9.3.3).
    Parameters, methods and attributes are those of scikit-learn's ``GaussianMixture``, which is not needed.
    It takes codes as .pcb files have them, `pcbin.Archive.codes`: bits are unpacked a few at a time.

    Args:
        n_components: C, the number of clusters.
        tol: A fit ends where a step gains less than this in mean log-likelihood, nats.
        max_iter: The most steps of a fit.
        n_init: How many starts there are; the most likely result is kept. Of more than 65,536 codes, so many
            are drawn to compare the starts with, and the best goes on with all.
        weights_init: (C,) to start from; None for equal ones. Needs `means_init`.
        means_init: (C, K) to start from; then there is one start. None for codes drawn as in k-means++.
        random_state: A seed, a NumPy generator, or None for other numbers each time.

    Attributes:
        weights_: (C,), pi, summing to 1.
        means_: (C, K), mu, the probability of a 1 in each cluster.
        lower_bound_: The mean log-likelihood at the end, nats.
        n_iter_: Steps of the best fit, the last one where starts were compared on fewer codes.
        converged_: Whether it ended by `tol`.
        n_features_in_: K / 8, bytes of a code.
    """

    weights_: Float64
    means_: Float64
    lower_bound_: float
    n_iter_: int
    converged_: bool

    def __init__(
        self,
        n_components: int = 1,
        *,
        tol: float = 1e-4,
        max_iter: int = 100,
        n_init: int = 5,
        weights_init: npt.ArrayLike | None = None,
        means_init: npt.ArrayLike | None = None,
        random_state: int | np.random.Generator | None = 0,
    ) -> None:
        self.n_components = n_components
        self.tol = tol
        self.max_iter = max_iter
        self.n_init = n_init
        self.weights_init = weights_init
        self.means_init = means_init
        self.random_state = random_state

    def fit(self, X: Codes, y: object = None) -> BernoulliMixture:
        """Fits the mixture to (n, K / 8) uint8 codes; `y` is ignored.

        Raises:
            InputError: Not codes, or parameters that are not possible.
        """
        codes = fitting(X, self.n_components, self.n_init, self.max_iter)
        rng = generator(self.random_state)
        if self.means_init is None and self.weights_init is None:
            found = em.fit_bernoulli_mixture(
                codes, self.n_components, seed=rng, restarts=self.n_init, iterations=self.max_iter,
                tolerance=self.tol, subset=SUBSET,
            )  # fmt: skip
        else:
            start = self._start(8 * codes.shape[1])
            found = em.improve(codes, start, iterations=self.max_iter, tolerance=self.tol)
        self.weights_ = found.weights
        self.means_ = found.means.clip(1e-6, 1 - 1e-6)  # inside, as float32 too
        self.lower_bound_, self.n_iter_ = found.log_likelihood, found.iterations
        self.converged_, self.n_features_in_ = found.converged, codes.shape[1]
        return self

    def _start(self, bits: int) -> em.Fitted:
        count = self.n_components
        if self.means_init is None:
            raise InputError("weights_init without means_init; pass both, or means_init alone")
        means = np.asarray(self.means_init, np.float64)
        given = np.full(count, 1 / count) if self.weights_init is None else self.weights_init
        weights = np.asarray(given, np.float64)
        if means.shape != (count, bits) or weights.shape != (count,):
            raise InputError(
                f"weights_init {weights.shape} and means_init {means.shape}; pass ({count},) and "
                f"({count}, {bits})"
            )
        inside = (means > 0).all() and (means < 1).all() and (weights > 0).all()
        if not inside or abs(weights.sum() - 1) > 1e-6:
            raise InputError(
                "weights_init and means_init: pass weights that sum to 1, and means inside (0, 1)"
            )
        return em.Fitted(weights, means, -np.inf)

    def fit_predict(self, X: Codes, y: object = None) -> npt.NDArray[np.int64]:
        """`fit`, then `predict` of the same codes."""
        return self.fit(X).predict(X)

    def predict(self, X: Codes) -> npt.NDArray[np.int64]:
        """(n,): the most probable cluster of each code; of equal ones the first.

        Raises:
            InputError: Not fitted, or codes of another form; as all methods below.
        """
        return em.labels(self._fitted(X), self.weights_, self.means_)

    def predict_proba(self, X: Codes) -> Float64:
        """(n, C): p(c | z), each row summing to 1."""
        return em.responsibilities(self._fitted(X), self.weights_, self.means_)

    def score_samples(self, X: Codes) -> Float64:
        """(n,): log p(z) in nats."""
        return em.log_likelihood(self._fitted(X), self.weights_, self.means_)

    def score(self, X: Codes, y: object = None) -> float:
        """The mean of log p(z), nats."""
        return float(self.score_samples(X).mean())

    @property
    def _free(self) -> int:
        """Numbers that a fit chooses."""
        return self.means_.size + len(self.weights_) - 1

    def bic(self, X: Codes) -> float:
        """The Bayesian information criterion (Schwarz, 1978) on these codes: the lower, the better."""
        nats = self.score_samples(X)
        return float(self._free * np.log(len(nats)) - 2 * nats.sum())

    def aic(self, X: Codes) -> float:
        """Akaike's information criterion (1974) on these codes: the lower, the better."""
        return float(2 * self._free - 2 * self.score_samples(X).sum())

    def sample(self, n_samples: int = 1) -> tuple[Codes, npt.NDArray[np.int64]]:
        """(n, K / 8) codes drawn from the mixture, and the cluster of each."""
        if not hasattr(self, "n_features_in_"):
            raise InputError("BernoulliMixture is not fitted; call fit first")
        if not is_whole(n_samples) or n_samples < 1:
            raise InputError(f"n_samples = {n_samples!r}; pass a whole number, 1 or above")
        return em.sample(n_samples, self.weights_, self.means_, generator(self.random_state))


def choose(
    codes: Codes, *, most: int = LADDER[-1], random_state: int = 0
) -> tuple[BernoulliMixture, dict[int, float]]:
    """The mixture of the number of clusters that has the lowest BIC, and the BIC of each that was tried.

    Numbers rise by about 1.4 times until two of them are worse than the best; then those between the
    neighbours of the best are tried.

    Args:
        codes: (n, K / 8) uint8.
        most: The most clusters that are tried.
        random_state: A seed.

    Raises:
        InputError: Not codes.
    """
    best: BernoulliMixture | None = None
    tried: dict[int, float] = {}

    def attempt(count: int) -> None:
        nonlocal best
        found = BernoulliMixture(count, random_state=random_state).fit(codes)
        tried[count] = found.bic(codes)
        if tried[count] == min(tried.values()):
            best = found

    ladder = [count for count in LADDER if count <= min(most, len(codes))] or [1]
    for count in ladder:
        attempt(count)
        since = [tried[one] for one in ladder if one in tried]
        if len(since) - 1 - int(np.argmin(since)) >= PATIENCE:
            break
    middle = min(tried, key=lambda count: tried[count])
    below = max((one for one in tried if one < middle), default=middle)
    above = min((one for one in tried if one > middle), default=middle)
    for count in range(below + 1, above, max(1, (above - below) // 8)):
        if count not in tried:
            attempt(count)
    assert best is not None  # the ladder has a step
    return best, dict(sorted(tried.items()))
