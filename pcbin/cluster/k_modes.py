"""K-modes: clusters of codes about codes, by Hamming distance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin._bits import distances, words
from pcbin.arrays import Codes, pack_bits, unpack_bits
from pcbin.cluster._estimator import SUBSET, Estimator, first, fitting, generator, sums
from pcbin.models.bernoulli_mixture import spread

Labels = npt.NDArray[np.int64]


class KModes(Estimator):
    """K-means of binary codes (Huang, 1998): each cluster has a code, whose bits are those of the majority.

    Distances count bits of packed words, so a million codes take a moment. Methods and attributes are those
    of scikit-learn's ``KMeans``, which is not needed.

    Args:
        n_clusters: How many.
        max_iter: The most steps of a start.
        n_init: How many starts there are; the one with the lowest inertia is kept. Of more than 65,536
            codes, so many are drawn to compare the starts with, and the best goes on with all.
        random_state: A seed, a NumPy generator, or None for other numbers each time.

    Attributes:
        cluster_centers_: (C, K / 8) uint8, the modes.
        labels_: (n,), the cluster of each code of the fit.
        inertia_: The sum of the bits by which codes differ from their modes.
        n_iter_: Steps of the best fit.
        n_features_in_: K / 8, bytes of a code.
    """

    cluster_centers_: Codes
    labels_: Labels
    inertia_: float
    n_iter_: int

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        max_iter: int = 100,
        n_init: int = 5,
        random_state: int | np.random.Generator | None = 0,
    ) -> None:
        self.n_clusters = n_clusters
        self.max_iter = max_iter
        self.n_init = n_init
        self.random_state = random_state

    def fit(self, X: Codes, y: object = None) -> KModes:
        """Finds the modes of (n, K / 8) uint8 codes; `y` is ignored.

        Raises:
            InputError: Not codes, or parameters that are not possible.
        """
        codes = fitting(X, self.n_clusters, self.n_init, self.max_iter)
        rng = generator(self.random_state)
        some = first(codes, SUBSET, rng)
        starts = [
            _improved(some, some[spread(some, self.n_clusters, rng)], self.max_iter)
            for _ in range(self.n_init)
        ]
        best = min(starts, key=lambda found: found[2])
        if some is not codes:
            best = _improved(codes, best[0], self.max_iter)
        self.cluster_centers_, self.labels_, self.inertia_, self.n_iter_ = best
        self.n_features_in_ = codes.shape[1]
        return self

    def fit_predict(self, X: Codes, y: object = None) -> Labels:
        """`fit`, and the clusters that it found."""
        return self.fit(X).labels_

    def predict(self, X: Codes) -> Labels:
        """(n,): the nearest mode of each code; of equal ones the first.

        Raises:
            InputError: Not fitted, or codes of another form; as all methods below.
        """
        return _nearest(self._fitted(X), self.cluster_centers_)[0]

    def transform(self, X: Codes) -> npt.NDArray[np.int64]:
        """(n, C): the bits by which each code differs from each mode."""
        codes = words(self._fitted(X))
        return np.stack([_apart(codes, mode) for mode in words(self.cluster_centers_)], axis=1).astype(
            np.int64
        )

    def score(self, X: Codes, y: object = None) -> float:
        """The sum of the bits by which codes differ from their modes, negative."""
        return -float(_nearest(self._fitted(X), self.cluster_centers_)[1].sum())


def _apart(codes: Any, mode: Any) -> Any:
    return distances(codes, np.broadcast_to(mode, codes.shape))


def _nearest(codes: Codes, modes: Codes) -> tuple[Labels, npt.NDArray[np.int64]]:
    """(n,) the nearest mode of each code, and by how many bits they differ."""
    known = words(codes)
    labels = np.zeros(len(codes), np.int64)
    least = np.full(len(codes), 2**15, np.int64)
    for number, mode in enumerate(words(modes)):
        apart = _apart(known, mode)
        nearer = apart < least
        labels[nearer], least[nearer] = number, apart[nearer]
    return labels, least


def _improved(codes: Codes, modes: Codes, steps: int) -> tuple[Codes, Labels, float, int]:
    """Modes, labels, inertia and steps: majority and assignment in turn, until neither changes anything."""
    labels, apart = _nearest(codes, modes)
    done = 0
    for done in range(1, steps + 1):  # noqa: B007
        members = np.bincount(labels, minlength=len(modes))
        ones = 2 * sums(codes, labels, len(modes))
        tied = ones == members[:, None]  # an equal vote keeps the bit, so that no step makes it worse
        bits = np.where(tied, unpack_bits(modes), ones > members[:, None])
        moved = pack_bits(bits)
        if (members == 0).any():  # a mode without codes goes where it is needed most
            moved[members == 0] = codes[np.argsort(-apart, kind="stable")[: int((members == 0).sum())]]
        if np.array_equal(moved, modes):
            break
        modes = moved
        labels, apart = _nearest(codes, modes)
    return modes, labels, float(apart.sum()), done
