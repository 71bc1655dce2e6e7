"""Beyond poster B: clusters that come from neighbourhoods, read from binary codes."""

from pcbin.reproduce.neighbourhoods.study import reproduce

__all__ = ["reproduce"]
