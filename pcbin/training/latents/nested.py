"""Nested codes: every prefix of a code is a code, its missing bits 0 for the decoder."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

STEP = 8
"""Prefixes are whole bytes."""
WHOLE = 0.4


def truncate(z: torch.Tensor, lengths: torch.Tensor | int) -> torch.Tensor:
    """(B, K) latents with 0 from each row's length on. lengths: (B,), or one for all."""
    place = torch.arange(z.shape[1], device=z.device)
    kept = place < (lengths if isinstance(lengths, int) else lengths[:, None])
    return z * kept.to(z.dtype)


def draw_lengths(prefixes: Sequence[int], count: int) -> torch.Tensor:
    """(count,) random prefixes, multiples of 8: `WHOLE` of them the whole code, of the others as many between
    16 and 32 bits as between 256 and 512."""
    low, high = math.log(prefixes[0] - STEP + 1), math.log(prefixes[-1])
    drawn = torch.exp(low + (high - low) * torch.rand(count))
    lengths = (torch.ceil(drawn / STEP) * STEP).clamp(prefixes[0], prefixes[-1]).long()
    return torch.where(torch.rand(count) < WHOLE, prefixes[-1], lengths)
