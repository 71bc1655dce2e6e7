"""What is coded, point clouds or images: its data, its likelihood and what validation says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pcbin.training.recipe import Recipe
from pcbin.training.tasks.base import Batch, Task
from pcbin.training.tasks.clouds import Clouds
from pcbin.training.tasks.images import Pictures

__all__ = ["Batch", "Clouds", "Pictures", "Task", "make_task"]


def make_task(recipe: Recipe, folder: Path, report: Callable[[str], None] | None = None) -> Task:
    """The task of a recipe, its data read from below `folder`.

    report: gets a line now and then while many files are read. Raises InputError for unusable data.
    """
    return Pictures(recipe, folder) if recipe.decoder.image else Clouds(recipe, folder, report)
