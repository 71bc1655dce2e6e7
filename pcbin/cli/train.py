"""`pcbin train`: from a recipe and data to a checkpoint."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import click

from pcbin.cli import _options as options
from pcbin.cli._extras import needing


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--data",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder that the recipe's data paths start from.",
)
@click.option(
    "-o",
    "--output",
    "out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of the run.  [default: runs/NAME]",
)
@options.device
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Train for N steps, not as many as the recipe says.",
)
@click.option(
    "--strict", is_flag=True, help="Stop at the first file that cannot be used instead of skipping it."
)
@click.option("--tensorboard", is_flag=True, help="Log for TensorBoard too (needs pcbin[tensorboard]).")
def train(
    *,
    recipe: Path,
    data: Path,
    out: Path | None,
    device: str,
    steps: int | None,
    strict: bool,
    tensorboard: bool,
) -> None:
    """Train a model from a RECIPE, a TOML file.

    The run's folder holds a checkpoint and a log. The same command resumes a run that was
    stopped. `pcbin freeze` makes a model from the result. Needs pcbin[train].

    Files that cannot be used are skipped, and listed.

    Several processes train one model under PyTorch's torchrun: each takes its share of every batch, and with
    --device cuda a GPU of its own.

    \b
    Examples:
      pcbin train models/chair/recipe.toml --data ../data
      pcbin train models/chair/recipe.toml --data ../data -o runs/trial --steps 500
      torchrun --nproc-per-node 2 -m pcbin train recipe.toml --data data --device cuda
    """
    from pcbin.training import recipe as recipes

    plan = recipes.load(recipe)
    if steps is not None:
        plan = dataclasses.replace(plan, train=dataclasses.replace(plan.train, steps=steps))
    # after the recipe: it is read at once, torch is not
    with needing("torch", "safetensors", purpose="training", extra="train"):
        from pcbin.training import train as training
        from pcbin.training.cells import train as cells
    folder = out or Path("runs") / plan.name
    if plan.cells.context:
        _check_cells(device, steps, tensorboard)
        try:
            cells.train(plan, data, folder, strict=strict, report=lambda line: click.echo(line, err=True))
        except KeyboardInterrupt:
            click.echo(f"pcbin: stopped; the same command resumes from the checkpoints in {folder}", err=True)
            raise
        click.echo(f"{folder}\n  now `pcbin freeze {folder} --data {data}` makes a model from it")
        return
    try:
        checkpoint = training.train(
            plan,
            data,
            folder,
            device=device,
            strict=strict,
            tensorboard=tensorboard,
            report=lambda line: click.echo(line, err=True),
        )
    except KeyboardInterrupt:
        click.echo(f"pcbin: stopped; the same command resumes from the last checkpoint in {folder}", err=True)
        raise
    if os.environ.get("RANK", "0") == "0":  # under torchrun one process speaks for all
        click.echo(f"{checkpoint}\n  now `pcbin freeze {folder} --data {data}` makes a model from it")


def _check_cells(device: str, steps: int | None, tensorboard: bool) -> None:
    """Raises UsageError for what the training of cell codes has not."""
    for wrong, option in (
        (device != "cpu", "--device"),
        (steps is not None, "--steps"),
        (tensorboard, "--tensorboard"),
    ):
        if wrong:
            raise click.UsageError(
                f"{option} is not for cell codes: their networks train on the CPU, as long as the recipe says"
            )
