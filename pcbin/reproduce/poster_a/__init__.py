"""Poster A, Beta-regularised variational autoencoders for point clouds: its table and its figures."""

from pcbin.reproduce.poster_a.study import reproduce

__all__ = ["reproduce"]
