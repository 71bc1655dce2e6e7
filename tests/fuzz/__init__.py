"""Hostile files of every kind: mutations for the tests, and the long run, `python -m tests.fuzz`."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "formats")]  # where pytest finds the helpers, too
