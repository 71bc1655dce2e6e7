"""How fast pcbin and its peers are, in one run: `python -m benchmarks`."""
