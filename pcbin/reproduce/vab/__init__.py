"""Poster B, deep clustering of compressed variational embeddings: its table and its figures.

VAB is a variational autoencoder with Bernoulli latents and a mixture of Bernoulli distributions as their
prior: whoever has codes and mixture, but no network, reads clusters from them.
"""

from pcbin.reproduce.vab.study import reproduce

__all__ = ["reproduce"]
