"""`pcbin encode-dataset`: large sets of clouds to shards of codes, on all cores or by Ray."""

from __future__ import annotations

from typing import Any

import click

from pcbin._words import count, printable
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs


@click.command(name="encode-dataset")
@click.argument("source", metavar="SRC")
@click.option(
    "-o", "--output", "out", metavar="DST", required=True, help="The folder of the shards, or its URL."
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Processes of this machine, or Ray (needs pcbin[ray]).",
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one a core]")
@click.option("--address", metavar="ADDRESS", help="Of a cluster of Ray; without it, Ray runs here.")
@click.option(
    "--shard-size",
    type=click.IntRange(1, 65_536),
    default=4096,
    show_default=True,
    metavar="N",
    help="Objects in a shard, and lost when a worker dies; tars are not cut.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["pcb", "parquet"]),
    default="pcb",
    show_default=True,
    help="What shards are: archives, or tables with a column of codes (needs pcbin[parquet]).",
)
@click.option(
    "--column",
    metavar="NAME",
    help="The column of points in tables.  [default: points, or the only one of lists]",
)
@click.option("--name-column", metavar="NAME", help="A column of names in tables, which shards keep.")
@options.globs
@options.coding
@options.entropy
@options.no_pose
@options.orient
@options.outliers
@options.complete
@options.full_hash
@options.reading
@options.as_json
@options.quiet
def encode_dataset(
    *,
    source: str,
    out: str,
    engine: str,
    workers: int | None,
    address: str | None,
    shard_size: int,
    format_: str,
    column: str | None,
    name_column: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    model: str | None,
    entropy: bool,
    pose: bool,
    samples: int | None,
    array: str | None,
    drop_nan: bool,
    as_json: bool,
    quiet: bool,
    **asked: Any,
) -> None:
    """Encode a large set of clouds, shard by shard, on all cores or many machines.

    SRC is a file or a folder, searched for tables (.parquet, .arrow, .feather), stacks of clouds (.npy and
    .npz with an array (S, P, 3)), tars of cloud files (WebDataset's), and cloud files, or for .pcb files
    to encode anew; or a URL of such (s3://, gs://, ...; needs pcbin[fsspec]).

    Each part of the input becomes a shard in DST, named by a hash of the part, the models, the options and
    pcbin's version. A shard appears whole or not at all, and is not made again where it is there and sound:
    after Ctrl-C or a crash, the same command does the rest, and gives the same bytes as an undisturbed run.
    manifest.json comes last; it lists the shards, in the order of the input, and what could not be encoded.

    `pcbin merge` makes one archive of the shards, whose own notes it must be told to replace.

    \b
    Examples:
      pcbin encode-dataset clouds.parquet -o coded/ --model chair --effort 0
      pcbin encode-dataset scans/ -o coded/ --workers 8 --no-pose
      pcbin encode-dataset s3://bucket/set -o s3://bucket/codes --engine ray --address auto
      pcbin encode-dataset clouds.parquet -o tables/ --model chair --format parquet
      pcbin merge coded/ -o all.pcb --metadata set=clouds
    """
    options.check_orient(asked["orient"], pose=pose)
    if entropy and format_ == "parquet":
        raise click.UsageError("--entropy is for archives; a table compresses its columns itself")
    if engine == "local" and address is not None:
        raise click.UsageError("--address is of a cluster of Ray; add --engine ray")
    console = Console(as_json=as_json, quiet=quiet)

    from pcbin.auto import AUTO
    from pcbin.coding.options import Options
    from pcbin.fleet.places import Place
    from pcbin.fleet.run import plan
    from pcbin.fleet.sources import Fields
    from pcbin.fleet.task import Recipe
    from pcbin.modalities import Reading

    fields = Fields(Reading(None, samples, asked["seed"], array, drop_nan), column, name_column)
    recipe = Recipe(
        Place(source), Place(out), model or AUTO, (), Options(**asked, warn=False).standing, fields,
        pose=pose, entropy=entropy, format=format_,
    )  # fmt: skip
    run = plan(recipe, shard_size=shard_size, take=Globs(include, exclude).take)
    total, finished = run.clouds, 0
    for task, done in run.go(engine=engine, workers=workers, address=address):
        here = done.clouds + len(done.failed)
        for reason in done.reasons:
            console.warn(reason)
        if done.error is not None:
            console.error(ValueError(done.error), task.part.name)
        elif done.reused:
            console.skipped += here
        finished += here
        if total is not None:
            console.progress(finished, total)
        else:
            console.progress(len(run.done), len(run.tasks))
    document = run.manifest()
    clouds, failed = document["clouds"], document["failed"]
    size = sum(one.bytes for one in run.done)
    each = f" ({size / clouds:.1f} per cloud)" if clouds else ""
    console.report(
        f"{printable(source)} -> {printable(out)}\n  {count(clouds, 'cloud')} in "
        f"{count(len(run.tasks), 'shard')}, {size:,} bytes{each}",
        {"input": source, "output": out, "clouds": clouds, "failed": failed, "shards": len(run.tasks),
         "bytes": size, "skipped": console.skipped},
    )  # fmt: skip
    if strangers := run.strangers():
        console.warn(f"{out}: {count(len(strangers), 'file')} of other runs beside the shards of this one")
    console.failed += failed
    console.finish(max(finished, console.failed))
