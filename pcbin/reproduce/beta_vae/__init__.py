"""Poster A, Beta-regularised variational autoencoders for point clouds: its table and its figures."""

from pcbin.reproduce.beta_vae.study import reproduce

__all__ = ["reproduce"]
