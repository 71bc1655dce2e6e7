"""pcbin at all its rates beside its rivals, on the same clouds in one run.

`python -m benchmarks.rate_distortion --help` says how. One file knows one rival; `scheme` is what they have
in common, `measure` runs them, `summary` answers the question.
"""
