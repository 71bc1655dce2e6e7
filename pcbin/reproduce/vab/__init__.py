"""Poster B, deep clustering of compressed variational embeddings: its table and its figures."""

from pcbin.reproduce.vab.study import reproduce

__all__ = ["reproduce"]
