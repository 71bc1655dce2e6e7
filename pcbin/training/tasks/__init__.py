"""What is coded, point clouds or images: its data, its likelihood and its validation metrics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pcbin.training.recipe import Recipe
from pcbin.training.tasks.base import Batch, Task
from pcbin.training.tasks.clouds import CloudTask
from pcbin.training.tasks.images import ImageTask

__all__ = ["Batch", "CloudTask", "ImageTask", "Task", "make_task"]


def make_task(
    recipe: Recipe, folder: Path, report: Callable[[str], None] | None = None, *, strict: bool = False
) -> Task:
    """The task of a recipe, its data read from below `folder`.

    report: is given a line now and then while many files are read, and the files that are skipped. strict:
    the first of those is an error instead. Raises InputError for unusable data.
    """
    return (
        ImageTask(recipe, folder)
        if recipe.decoder.image
        else CloudTask(recipe, folder, report, strict=strict)
    )
