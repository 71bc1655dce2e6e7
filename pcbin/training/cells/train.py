"""Training and freezing a model of cell codes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from pcbin._version import __version__
from pcbin.arrays import Float32
from pcbin.errors import InputError
from pcbin.formats.model_file import dump_model
from pcbin.models.cells.codes import HEADER_BITS, Gridded
from pcbin.models.cells.description import CellDescription
from pcbin.models.cells.grid import Grid, occupied
from pcbin.models.description import MAX_BITS, CodeLengths, ModelDescription
from pcbin.models.weights import stored
from pcbin.training.batches import CloudSet, first_points
from pcbin.training.cells.examples import Example, any_step, contexts, example
from pcbin.training.cells.fit import Fit, Report, plan_in, plan_of, step_in
from pcbin.training.cells.learners import ContextLearner, PlacementLearner
from pcbin.training.recipe import Recipe, parse, without_none
from pcbin.training.tasks.clouds import load_data

CONTEXT, PLACEMENT = "context.safetensors", "placement.safetensors"
SHORTEST = 8
EXAMPLES = 8
"""Of a step of the placement."""
_CELLS = 18_000
"""About how many cells, of all levels, a step of the context network sees."""
_VALIDATED = 32
"""Clouds of each validation set."""
_SHOWN = (25, 32, 41, 48)
"""Steps of the grids that validation measures."""
_PEAK_BATCHES = 12

Validation = dict[str, Float32]
M = TypeVar("M", bound=torch.nn.Module)


def train(recipe: Recipe, data: Path, folder: Path, *, strict: bool = False, report: Report = print) -> Path:
    """Trains both networks into `folder`, resuming what is there; returns the folder.

    Raises InputError for unusable data, or a folder of another recipe.
    """
    sets, validation = load_data(recipe, data, report, strict=strict)
    points = recipe.train.points
    held = {name: first_points(clouds[:_VALIDATED], points) for name, clouds in validation.items()}
    torch.set_num_threads(1)  # the products are small
    fit_context(recipe, sets, held, folder, report)
    fit_placement(recipe, sets, held, folder, report)
    return folder


def fit_context(
    recipe: Recipe, sets: Sequence[CloudSet], validation: Validation, folder: Path, report: Report
) -> ContextLearner:
    """The trained context network, with averaged weights."""
    plan = recipe.cells

    def bits(cloud: Float32, grid: Grid) -> float:
        nats = float(learner.nats(contexts([Gridded(occupied(cloud, grid), grid)])))
        return HEADER_BITS + nats / math.log(2)

    def validate() -> str:
        with torch.no_grad():
            return _shown(validation, bits, ".0f")

    torch.manual_seed(plan.seed)
    learner = ContextLearner(*_two(plan.context))
    fit = _fit(learner, folder / CONTEXT, recipe, plan.context_steps, plan.context_rate)

    def loss(rng: np.random.Generator) -> torch.Tensor:
        batch = _batch(sets, recipe.train.points, rng, most=40)
        return learner.nats(contexts(batch)) / (len(batch) * batch[0].grid.cells ** 2 / 4)

    fit.run(loss, validate, every=plan.validate_every, seed=plan.seed, report=report)
    with fit.averaged.in_use():
        return _copy(learner, ContextLearner(*_two(plan.context)))


def fit_placement(
    recipe: Recipe, sets: Sequence[CloudSet], validation: Validation, folder: Path, report: Report
) -> PlacementLearner:
    """The trained placement, with averaged weights."""
    plan = recipe.cells

    def distance(cloud: Float32, grid: Grid) -> float:
        return 1e3 * learner.distance(Example(cloud, Gridded(occupied(cloud, grid), grid)))

    def validate() -> str:
        return _shown(validation, distance, ".3f")

    torch.manual_seed(plan.seed)
    learner = PlacementLearner(plan.placement, plan.most)
    fit = _fit(learner, folder / PLACEMENT, recipe, plan.placement_steps, plan.placement_rate)

    def loss(rng: np.random.Generator) -> torch.Tensor:
        points = recipe.train.points
        return learner.loss([example(sets, points, any_step(rng), rng) for _ in range(EXAMPLES)])

    fit.run(loss, validate, every=plan.validate_every, seed=plan.seed + 1, report=report)
    with fit.averaged.in_use():
        return _copy(learner, PlacementLearner(plan.placement, plan.most))


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run of cell codes."""
    return (folder / CONTEXT).exists()


def freeze(data: Path, folder: Path, *, name: str | None = None, report: Report = print) -> bytes:
    """The bytes of the model file of a finished run.

    Raises InputError where the run is not finished.
    """
    recipe = parse(without_none(json.loads(plan_in(folder / CONTEXT))), str(folder))
    plan = recipe.cells
    for file, steps in ((CONTEXT, plan.context_steps), (PLACEMENT, plan.placement_steps)):
        if not (folder / file).exists() or step_in(folder / file) < steps:
            raise InputError(f"{folder}: {file} is not finished; run the training again, it resumes")
    sets, _ = load_data(recipe, data, report)
    torch.set_num_threads(1)
    nothing: Validation = {}
    context = fit_context(recipe, sets, nothing, folder, report)  # takes the steps that are left: none
    placement = fit_placement(recipe, sets, nothing, folder, report)
    rng = np.random.default_rng(recipe.cells.seed)
    points = recipe.train.points
    batches = [contexts(_batch(sets, points, rng, most=30)) for _ in range(_PEAK_BATCHES)]
    tensors = context.frozen(batches) | stored(placement.frozen(), str(folder))
    description = ModelDescription.of_cells(
        CodeLengths(SHORTEST, plan.default, MAX_BITS),
        CellDescription(_two(plan.context), plan.placement, plan.most),
        points=recipe.train.points,
        encoder_points=recipe.train.points,
    )
    info: dict[str, Any] = {
        "name": name or recipe.name,
        "description": recipe.description,
        "license": recipe.license,
        "pcbin": __version__,
        "recipe": recipe.plain(),
        "steps": plan.context_steps + plan.placement_steps,
        "training_set": [{"path": one.name, "clouds": len(one)} for one in sets],
    }
    return dump_model(description.document(), info, tensors)


def _batch(sets: Sequence[CloudSet], points: int, rng: np.random.Generator, *, most: int) -> list[Gridded]:
    """Examples on grids of one step: about _CELLS cells, but 3 objects at least."""
    step = any_step(rng)
    count = int(np.clip(_CELLS / Grid(step).cells ** 2.2, 3, most))
    return [example(sets, points, step, rng).gridded for _ in range(count)]


def _fit(learner: torch.nn.Module, path: Path, recipe: Recipe, steps: int, rate: float) -> Fit:
    return Fit(
        learner, path, steps=steps, rate=rate, average=recipe.cells.average, plan=plan_of(recipe.plain())
    )


def _two(widths: Sequence[int]) -> tuple[int, int]:
    if len(widths) != 2:
        raise InputError(f"[cells]: context = {list(widths)}; give two widths")
    return widths[0], widths[1]


def _copy(learner: M, fresh: M) -> M:
    fresh.load_state_dict({key: value.clone() for key, value in learner.state_dict().items()})
    return fresh


def _shown(validation: Validation, measure: Callable[[Float32, Grid], float], form: str) -> str:
    """The means over each validation set on a few grids."""
    lines = []
    for name, clouds in validation.items():
        means = [np.mean([measure(cloud, Grid(step)) for cloud in clouds]) for step in _SHOWN]
        lines.append(f"{name}: " + " ".join(format(mean, form) for mean in means))
    return "; ".join(lines)
