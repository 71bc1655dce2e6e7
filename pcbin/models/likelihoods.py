"""What the decoder's output is held against: minus log p(x|z), or what stands in for it."""

from __future__ import annotations

import torch
from torch.nn import functional

from pcbin.errors import InputError
from pcbin.models.chamfer import chamfer


def points(decoded: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """(batch,): Chamfer x 1e3 of (batch, M, 3) against (batch, N, 3) clouds of unit diagonal.

    Poster A's reconstruction term up to its constant: a squared error at a fixed variance.
    """
    return 1e3 * chamfer(decoded, target)


def pixels(decoded: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """(batch,): -log p(x|z) in nats of (batch, D) grey values in [0, 1] under independent Bernoulli pixels.

    decoded holds the logits. For values between 0 and 1 this is the usual cross entropy, no density.
    """
    return functional.binary_cross_entropy_with_logits(decoded, target, reduction="none").sum(dim=1)


KINDS = {"chamfer": points, "bernoulli": pixels}


def get(kind: str):  # type: ignore[no-untyped-def]
    if kind not in KINDS:
        raise InputError(f"likelihood: unknown kind {kind!r}; use one of {', '.join(KINDS)}")
    return KINDS[kind]
