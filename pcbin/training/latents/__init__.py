"""Latent variables: what stands between encoder and decoder while training. One idea, one file."""

from __future__ import annotations

from typing import Any

from pcbin.errors import InputError
from pcbin.training.latents.base import Latent, Sample
from pcbin.training.latents.bernoulli import Bernoulli
from pcbin.training.latents.bernoulli_mixture import BernoulliMixture
from pcbin.training.latents.beta import Beta
from pcbin.training.latents.deterministic import Deterministic
from pcbin.training.latents.gaussian_mixture import GaussianMixture
from pcbin.training.latents.labelled_normal import LabelledNormal
from pcbin.training.latents.normal import Normal

__all__ = ["KINDS", "Latent", "Sample", "make_latent"]

KINDS: dict[str, type[Latent]] = {
    latent.kind: latent
    for latent in (Deterministic, Normal, Beta, Bernoulli, GaussianMixture, BernoulliMixture, LabelledNormal)
}


def make_latent(kind: str, size: int, **options: Any) -> Latent:
    """The latent named in a recipe. Raises InputError for an unknown kind or option."""
    if kind not in KINDS:
        raise InputError(f"latent: unknown kind {kind!r}; use one of {', '.join(KINDS)}")
    try:
        return KINDS[kind](size, **options)
    except TypeError as error:
        raise InputError(f"latent {kind!r}: {error}; see pcbin.training.latents") from None
