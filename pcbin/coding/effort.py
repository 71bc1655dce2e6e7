"""What an effort of 0 to 9 may spend on the search for a better code, of a cloud and of an image."""

from __future__ import annotations

DEFAULT_EFFORT = 1
"""Where nobody asks for another."""
MAX_EFFORT = 9
CLOUD_MEASUREMENTS = (0, 4, 6, 12, 26, 60, 110, 200, 330, 550)
"""How many codes of a cloud an effort of 0, 1, ... 9 may decode and measure: 3 ms each on one core. At effort
0 the head stays as it is, rough measurements find a tail, and codes that are all head are not searched."""
IMAGE_MEASUREMENTS = (0, 4, 8, 16, 32, 50, 120, 300, 600, 850)
"""The same of an image, 0.05 ms each."""
WIDTHS = (2, 8, 32)
"""How many of the best-scored flips are measured before one is taken; the next width once none is better."""
KICK = 3
"""Bits that are flipped at random, among the `WIDTHS[-1]` best-scored ones, to leave a local optimum."""
KICKED_WIDTH = 4
