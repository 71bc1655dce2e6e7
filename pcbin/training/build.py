"""From a recipe to its autoencoder: untrained, or as a checkpoint has it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pcbin.errors import InputError
from pcbin.models.architectures import image_decoder, image_encoder, mlp, pointnet
from pcbin.training import checkpoint
from pcbin.training.autoencoder import Autoencoder
from pcbin.training.checkpoint import RunState
from pcbin.training.latents import Latent, make_latent
from pcbin.training.latents.mixture import MixtureLatent
from pcbin.training.recipe import Recipe


def build(recipe: Recipe) -> Autoencoder:
    """The untrained autoencoder of a recipe. Raises InputError where the parts of a recipe do not fit."""
    latent = make_latent(recipe.latent.kind, recipe.latent.size, **recipe.latent.options)
    if recipe.residual.bits:  # `freeze` fits it, but nobody wants to hear only then that it cannot
        _check_residual(recipe, latent)
    if recipe.neighbourhood.weight:
        _check_neighbourhood(recipe, latent)
    if recipe.generation.weight:
        _check_generation(recipe, latent)
    e, d = recipe.encoder, recipe.decoder
    if d.image:
        height, width = d.image
        encoder = image_encoder(height, width, e.widths, latent.outputs, norm=e.norm)
        decoder = image_decoder(latent.inputs, d.widths, height, width, blocks=d.blocks, entrance=d.entrance)
    else:
        encoder = pointnet(e.point_widths, e.widths, latent.outputs)
        decoder = mlp(latent.inputs, d.widths, d.points, blocks=d.blocks, entrance=d.entrance)
    return Autoencoder(encoder, decoder, latent)


class Trained(NamedTuple):
    """A run's result so far."""

    recipe: Recipe
    autoencoder: Autoencoder
    """With the averaged weights, on the CPU."""
    state: RunState


def load(path: Path) -> Trained:
    """The autoencoder of a checkpoint. Raises InputError for anything that is not one."""
    run = checkpoint.read(path)
    recipe = run.state.plan(str(path))
    autoencoder = build(recipe)
    try:
        autoencoder.load(run.group("averaged"))
    except (KeyError, RuntimeError) as error:
        raise InputError(f"{path}: its tensors are not those of its recipe ({error})") from None
    return Trained(recipe, autoencoder.requires_grad_(False), run.state)


def _check_neighbourhood(recipe: Recipe, latent: Latent) -> None:
    """Raises InputError where [neighbourhood] cannot guide this latent."""
    n, where = recipe.neighbourhood, f"recipe {recipe.name!r}: [neighbourhood]"
    if not isinstance(latent, MixtureLatent):
        raise InputError(f"{where} needs a latent with clusters: bernoulli-mixture or gaussian-mixture")
    if len(n.eigenvectors) != 2 or n.eigenvectors[0] > n.eigenvectors[1]:
        raise InputError(f"{where} eigenvectors = {list(n.eigenvectors)}; use [first, last]")
    if recipe.augment.splice:
        raise InputError(f"{where} needs splice = 0 in [augment]: a spliced shape has two clusters")


def _check_generation(recipe: Recipe, latent: Latent) -> None:
    """Raises InputError where random codes of this latent and decoder cannot be trained."""
    g, where = recipe.generation, f"recipe {recipe.name!r}: [generation]"
    if recipe.decoder.image or latent.bit_values is None or latent.prefixes:
        raise InputError(f"{where} needs a latent with bits, of one length, and a decoder of clouds")
    if g.pairs > g.pool:
        raise InputError(f"{where} pairs = {g.pairs}; use at most the pool, {g.pool}")


def _check_residual(recipe: Recipe, latent: Latent) -> None:
    """Raises InputError where [residual] cannot follow this latent and decoder."""
    r, where = recipe.residual, f"recipe {recipe.name!r}: [residual]"
    if recipe.decoder.image or not recipe.decoder.widths or latent.bit_values != (-1.0, 1.0):
        raise InputError(f"{where} needs a bernoulli latent, and a decoder of clouds with hidden layers")
    if not 8 <= r.head <= latent.size or any(n % 8 for n in (r.head, r.bits, r.default)):
        raise InputError(f"{where} needs multiples of 8, and a head of at most the latent's size")
    if not r.head <= r.default <= r.bits or r.bits == r.head:
        raise InputError(f"{where} needs more bits than its head, and a default between the two")
