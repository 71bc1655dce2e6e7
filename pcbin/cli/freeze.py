"""`pcbin freeze`: from a checkpoint to a model file."""

from __future__ import annotations

from pathlib import Path

import click

from pcbin.cli import _options as options
from pcbin.cli._extras import needing


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The model file.  [default: NAME.safetensors]",
)
@options.force
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The run's data, to fit a residual and the entropy table, and to know when `encode` should warn.",
)
@click.option("--name", metavar="NAME", help="The model's name.  [default: that of the recipe]")
def freeze(run: Path, out: Path | None, force: bool, data: Path | None, name: str | None) -> None:
    """Make a model file from a training run.

    RUN is the folder of a run, or a checkpoint. The model file holds the weights rounded to bytes and half
    precision, is named by their hash and needs no torch. The residual of a recipe (its [residual] table) and
    the table for entropy coding are fitted to the data now. Needs pcbin[train].

    \b
    Examples:
      pcbin freeze runs/chair --data ../data -o chair.safetensors
      pcbin models add chair.safetensors
    """
    with needing("torch", "safetensors", purpose="freezing", extra="train"):
        from pcbin.training import freeze as freezing
        from pcbin.training.cells import train as cells
        from pcbin.training.train import CHECKPOINT
    from pcbin._words import listing
    from pcbin.cli._paths import check, need_free
    from pcbin.errors import InputError
    from pcbin.formats.atomic import write_atomic
    from pcbin.formats.model_file import load_header
    from pcbin.formats.names import RULE, is_name

    of_cells = cells.is_run(run)
    if of_cells and data is None:
        raise click.UsageError(
            "a model of cell codes is fitted to its data now; name their folder: --data DIR"
        )
    checkpoint = run / (cells.CONTEXT if of_cells else CHECKPOINT) if run.is_dir() else run
    if out is not None:
        need_free(out, force=force)
        check([(checkpoint, out)])
    if data is None:
        click.echo(
            "pcbin: warning: without --data the model cannot tell when a cloud is unlike its training set, "
            "and its codes cannot be entropy coded",
            err=True,
        )
    if name is not None and not is_name(name):
        raise InputError(f"--name: {name!r} cannot name a model; {RULE}")

    def report(line: str) -> None:
        click.echo(line, err=True)

    if of_cells and data is not None:
        frozen = cells.freeze(data, run, name=name, report=report)
    else:
        frozen = freezing.freeze(checkpoint, data, name=name, report=report)
    header = load_header(frozen)
    found = header.info["name"]
    if out is None and not is_name(found):  # of a checkpoint from elsewhere
        raise InputError(f"{checkpoint}: {found!r} cannot name a model; pass --name NAME")
    target = out or Path(f"{found}.safetensors")
    need_free(target, force=force)
    check([(checkpoint, target)])
    write_atomic(target, frozen, overwrite=force)
    click.echo(
        f"{checkpoint} -> {target}\n" + listing([("hash", header.sha256), ("size", f"{len(frozen):,} bytes")])
    )
