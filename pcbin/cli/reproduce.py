"""`pcbin reproduce`: the studies of the two posters and of what goes beyond them, from data to page."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pcbin.cli import _options as options
from pcbin.cli._extras import needing


@click.group()
def reproduce() -> None:
    """Reproduce the tables and figures of the posters, and the work beyond them, from training to page.

    The same command resumes a study that was stopped. Needs pcbin[train,viz].

    \b
    Examples:
      pcbin reproduce poster-a ../data
      pcbin reproduce poster-b ../data --quick
      pcbin reproduce redraw reproduced/poster-b
    """


data = click.argument("data", type=click.Path(path_type=Path))
quick = click.option("--quick", is_flag=True, help="A trial: small networks on little data, in a minute.")


def output(default: str) -> Callable[[Any], Any]:
    return click.option(
        "-o",
        "--output",
        "out",
        metavar="DIR",
        type=click.Path(path_type=Path),
        default=Path(default),
        show_default=True,
        help="Folder for the runs and the page.",
    )


@reproduce.command("poster-a")
@data
@output("reproduced/poster-a")
@quick
@click.option(
    "--class",
    "name",
    metavar="NAME",
    default="chair",
    show_default=True,
    help="The class, of a set with many; '' where a set has no classes.",
)
@options.device
def poster_a(data: Path, out: Path, quick: bool, name: str, device: str) -> None:
    """Beta-regularised variational autoencoders for point clouds.

    DATA is a folder with modelnet10_chair.npz or shapeassembly_chair.npz, or one set: an .npz file, a folder
    of ShapeNet, ModelNet40 or any clouds, of which one class is taken. AE, VAE-N, VAE-B, VAE-bin and the
    mixture VAE are trained; the page has the poster's table and figures.

    \b
    Examples:
      pcbin reproduce poster-a ../data
      pcbin reproduce poster-a ModelNet40 --class chair -o reproduced/modelnet40
      pcbin reproduce poster-a ../data --quick
    """
    _run("beta_vae", data, out, name=name or None, tiny=quick, device=device)


@reproduce.command("poster-b")
@data
@output("reproduced/poster-b")
@quick
@click.option(
    "--seeds", type=click.IntRange(2), metavar="N", help="Runs of every system.  [default: as the study says]"
)
@options.device
def poster_b(data: Path, out: Path, quick: bool, seeds: int | None, device: str) -> None:
    """Clustering of compressed images: VAB beside K-means, GMM and VaDE.

    DATA is a folder with mnist.npz (x_train, y_train, x_test, y_test), such a file, or a folder of IDX files.
    Labels are used to measure, never to train.

    \b
    Examples:
      pcbin reproduce poster-b ../data
      pcbin reproduce poster-b /usr/share/datasets/fashion-mnist -o reproduced/fashion
      pcbin reproduce poster-b ../data --quick
    """
    _run("vab", data, out, seeds=seeds, tiny=quick, device=device)


@reproduce.command("beyond-b")
@data
@output("reproduced/beyond-b")
@quick
@click.option(
    "--fashion",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of Fashion-MNIST's IDX files; omitted without it.",
)
@click.option(
    "--seeds", type=click.IntRange(2), metavar="N", help="Runs of each main setting.  [default: 10]"
)
@options.device
def beyond_b(data: Path, out: Path, quick: bool, **settings: Any) -> None:
    """Clusters of the neighbourhood graph, read from binary codes.

    DATA is a folder with mnist.npz, and with ModelNet10's .npz files if clouds are wanted; or an .npz file
    in the form of MNIST's. Labels are used to measure, never to train or to choose.

    \b
    Examples:
      pcbin reproduce beyond-b ../data
      pcbin reproduce beyond-b ../data --fashion /usr/share/datasets/fashion-mnist
      pcbin reproduce beyond-b ../data --quick
    """
    _run("neighbourhoods", data, out, tiny=quick, **settings)


@reproduce.command()
@click.argument("folder", type=click.Path(path_type=Path))
def redraw(folder: Path) -> None:
    """Draw the pages of finished studies again: no data, no training.

    FOLDER is the output folder of a study. Its page keeps what its figures are drawn from; pages and figures
    are made anew, in the style of this version.

    \b
    Examples:
      pcbin reproduce redraw reproduced/poster-a
    """
    from pcbin.reproduce import page

    for path in page.redraw(folder):
        click.echo(path)


def _run(study: str, data: Path, out: Path, **settings: Any) -> None:
    from importlib import import_module

    packages = ("torch", "safetensors", "sklearn", "matplotlib")
    with needing(*packages, purpose="reproducing a poster", extra="train,viz"):
        module = import_module(f"pcbin.reproduce.{study}")
    command = " ".join(["pcbin", *sys.argv[1:]])
    try:
        page = module.reproduce(
            data, out, command=command, report=lambda line: click.echo(line, err=True), **settings
        )
    except KeyboardInterrupt:
        click.echo(f"pcbin: stopped; the same command resumes from the last checkpoint in {out}", err=True)
        raise
    click.echo(page)
