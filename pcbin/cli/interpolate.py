"""`pcbin interpolate`: the way from one code to another."""

from __future__ import annotations

from pathlib import Path

import click

from pcbin.cli import _new_codes as new
from pcbin.cli._console import Console


@click.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@click.option(
    "--steps", type=click.IntRange(2, 100_000), default=8, show_default=True, metavar="N",
    help="How many codes, with those of the two files.",
)  # fmt: skip
@click.option(
    "--path", "way", type=click.Choice(["likely", "random"]), default="likely", show_default=True,
    help="Flip each time the bit that leaves the most likely code, or bits in random order.",
)  # fmt: skip
@new.mixture
@new.seed
@new.written
def interpolate(
    *,
    first: Path,
    second: Path,
    steps: int,
    way: str,
    mixture_file: Path | None,
    seed: int,
    out: str | None,
    sheet: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Go from one code to another, a few bits at a time.

    FIRST and SECOND are .pcb files of one code each, of one model and one length. The bits in which they
    differ are flipped one after another, and codes at even steps are kept. A likely path stays, where it
    can, among codes that the model has seen the like of; a random one, that of poster A, does not care.

    Of each code on a likely path the report has -log2 p, the bits that tell it from all others: the fewer,
    the likelier.

    \b
    Examples:
      pcbin interpolate stool.pcb armchair.pcb --steps 8 -o path.pcb --sheet path.png
      pcbin interpolate a.pcb b.pcb --path random --seed 3 --sheet path.png
    """
    if way == "random" and mixture_file is not None:
        raise click.UsageError("--mixture is about likely paths; omit --path random")
    read = [first, second, *([mixture_file] if mixture_file is not None else [])]
    new.check_outputs(out, sheet, read, force=force, count=steps)
    console = Console(as_json=as_json)

    from math import log

    from pcbin.cluster import Mixture
    from pcbin.codec import Codec
    from pcbin.generation import interpolate as path_of
    from pcbin.generation import prior_of
    from pcbin.known_codes import joined
    from pcbin.models import zoo

    with console.attempt(f"{first} to {second}"):
        ends = [new.known_of(path) for path in (first, second)]
        both = joined([(str(first), ends[0]), (str(second), ends[1])])
        one, other = (new.single(path, end) for path, end in zip((first, second), ends, strict=True))
        codec = Codec(zoo.load(both.model_id), bits=both.bits)
        mixture = None
        if way == "likely":
            given = None if mixture_file is None else Mixture.load(mixture_file)
            mixture = given or prior_of(codec.model, bits=both.bits)
            mixture.check(both.model_id, both.bits)
        codes = path_of(one, other, steps=steps, mixture=mixture, seed=seed)
        size = new.write(out, sheet, codec, codes, force=force)
        flipped = [new.differing(one, code) for code in codes]
        rows, told = [], {}
        if mixture is not None:
            costs = [float(-nats / log(2)) for nats in mixture.log_likelihood(codes)]
            told["minus_log2_p"] = costs
            rows = [
                (f"code {place}", f"{flips} bits flipped, -log2 p {cost:.0f}")
                for place, (flips, cost) in enumerate(zip(flipped, costs, strict=True))
            ]
        new.report(
            console, f"{flipped[-1]} bits apart, {way} path", codec, codes, (out, sheet, size),
            rows=rows, path=way, flipped=flipped, **told,
        )  # fmt: skip
    console.finish(1)
