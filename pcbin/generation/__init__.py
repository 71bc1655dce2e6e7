"""New codes: drawn at random, on the way between two others, and by arithmetic.

Codes are (n, K / 8) arrays of uint8 of one model, as `pcbin.Archive.codes` and `pcbin.Codec.codes` give them;
`pcbin.Codec.restore` makes clouds of them.
"""

from pcbin.generation.arithmetic import Term, combine, parse
from pcbin.generation.paths import interpolate
from pcbin.generation.priors import PRIORS, Prior, generate, prior_of

__all__ = ["PRIORS", "Prior", "Term", "combine", "generate", "interpolate", "parse", "prior_of"]
