"""Clusters of codes: the data consumer of poster B, who has codes and a mixture but no network and no data.

`Mixture` is the mixture of one model's codes, as a file has it; `BernoulliMixture` and `KModes` find clusters
of any codes, with scikit-learn's methods; `choose` decides how many there are.
"""

from pcbin.cluster.bernoulli_mixture import BernoulliMixture, choose
from pcbin.cluster.k_modes import KModes
from pcbin.cluster.medoids import medoids
from pcbin.cluster.mixture import Mixture

__all__ = ["BernoulliMixture", "KModes", "Mixture", "choose", "medoids"]
