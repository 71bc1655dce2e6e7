"""The clusters of a training set, found by its neighbourhood graph: labels for training to agree with."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError
from pcbin.formats.atomic import write_atomic
from pcbin.training.neighbourhood import graph, spectral
from pcbin.training.neighbourhood.features import Principal
from pcbin.training.recipe import Recipe

if TYPE_CHECKING:
    from pcbin.training.tasks import Task

NAME = "neighbourhood.npz"
"""Where a run keeps them, so that it can be resumed."""

Labels = npt.NDArray[np.int64]


def pseudo_labels(
    recipe: Recipe, clusters: int, task: Task, folder: Path, *, report: Callable[[str], None]
) -> Labels:
    """(S,), 0 to clusters - 1, in the order of `task.training_inputs`; from the run's folder if they are
    there.

    The set's own labels are not used. Raises InputError for a training set that is too small.
    """
    path = folder / NAME
    tables = (recipe.neighbourhood, recipe.jitter, recipe.augment)
    made_by = json.dumps([recipe.train.seed, clusters, *(asdict(table) for table in tables)])
    kept = _read(path, made_by)
    if kept is not None:
        return kept
    found = _find(recipe, clusters, task, report)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, labels=found, made_by=np.array(made_by))
    write_atomic(path, buffer.getvalue(), overwrite=True)
    return found


def _read(path: Path, made_by: str) -> Labels | None:
    """What an earlier call has found; None where it was asked for something else."""
    try:
        with np.load(path, allow_pickle=False) as data:
            found: Labels = data["labels"]
            return found if str(data["made_by"]) == made_by else None
    except (OSError, ValueError, KeyError):
        return None


def _find(recipe: Recipe, clusters: int, task: Task, report: Callable[[str], None]) -> Labels:
    n, seed = recipe.neighbourhood, recipe.train.seed
    features = task.features(n.deskew)
    plain = features(None)
    size = len(plain)
    if size <= max(n.neighbours, n.eigenvectors[1], clusters):
        raise InputError(
            f"recipe {recipe.name!r}: {size} in the training set are too few for {n.neighbours} neighbours "
            f"and {n.eigenvectors[1]} eigenvectors; bring more, or lower them in [neighbourhood]"
        )
    project = Principal(plain, n.dimensions)
    rng = np.random.default_rng((seed, 7))
    copies = (project(features(rng)) for _ in range(n.copies))
    near = graph.closest(project(plain), n.neighbours, copies)
    found = spectral.clusters(graph.graph(near), clusters, n.eigenvectors, seed)
    sizes = np.bincount(found.labels, minlength=clusters)
    report(
        f"neighbourhood: {clusters} clusters of {sizes.min():,} to {sizes.max():,} of {size:,}, from "
        f"{found.eigenvectors} eigenvectors"
    )
    return found.labels
