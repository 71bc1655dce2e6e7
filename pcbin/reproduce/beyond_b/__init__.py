"""Beyond poster B: clusters that come from neighbourhoods, read from binary codes."""

from pcbin.reproduce.beyond_b.study import reproduce

__all__ = ["reproduce"]
