"""Beyond poster B: the clusters of a training set's neighbourhood graph, found without labels, guide the
training of binary codes and of their Bernoulli mixture.
"""

from pcbin.reproduce.neighbourhoods.study import reproduce

__all__ = ["reproduce"]
