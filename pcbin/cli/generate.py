"""`pcbin generate`: objects out of random codes."""

from __future__ import annotations

from pathlib import Path

import click

from pcbin.cli import _new_codes as new
from pcbin.cli import _options as options
from pcbin.cli._console import Console


@click.command()
@options.model
@click.option(
    "-n", "count", type=click.IntRange(1, 1_000_000), default=16, show_default=True, metavar="N",
    help="How many objects.",
)  # fmt: skip
@click.option(
    "--prior", type=click.Choice(["mixture", "bits", "fair"]),
    help="What the codes are drawn from: a mixture of Bernoulli distributions, each bit by itself as "
    "frequent as in the training set, or fair coins.  [default: mixture]",
)  # fmt: skip
@new.mixture
@click.option(
    "--cluster", type=click.IntRange(min=0), metavar="C", help="From this cluster of the mixture alone."
)
@click.option(
    "--like", metavar="PCB", type=click.Path(path_type=Path),
    help="From the clusters that these codes, of a file or a folder, are in.",
)  # fmt: skip
@click.option(
    "--bits", type=click.IntRange(min=8), metavar="K", help="The length of the codes.  [default: the model's]"
)
@new.seed
@new.written
def generate(
    *,
    model: str | None,
    count: int,
    prior: str | None,
    mixture_file: Path | None,
    cluster: int | None,
    like: Path | None,
    bits: int | None,
    seed: int,
    out: str | None,
    sheet: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Generate objects: codes drawn at random, which decode to shapes that nobody has seen.

    The mixture is what the model knows of the codes of its training set, and what entropy coding relies on;
    or one that was fitted to codes of yours. How far the three priors are from real objects is in
    docs/generation.md.

    The new codes have no poses: they decode to clouds around the origin, one unit across.

    \b
    Examples:
      pcbin generate --model chair -n 16 -o new.pcb --sheet new.png
      pcbin generate --model chair --like armchair.pcb -n 8 --sheet variants.png
      pcbin generate --mixture mine.pcbm --cluster 3 -o third.pcb
    """
    if mixture_file is not None and (prior is not None or model is not None or bits is not None):
        raise click.UsageError(
            "--mixture says which model and how many bits; omit --model, --prior and --bits"
        )
    if cluster is not None and like is not None:
        raise click.UsageError("pass --cluster or --like, not both")
    if prior in ("bits", "fair") and (cluster is not None or like is not None):
        raise click.UsageError(f"--cluster and --like are about mixtures; omit --prior {prior}")
    read = [one for one in (mixture_file, like) if one is not None]
    new.check_outputs(out, sheet, read, force=force, count=count)
    console = Console(as_json=as_json)

    from pcbin.cluster import Mixture
    from pcbin.codec import Codec
    from pcbin.errors import InputError
    from pcbin.generation import prior_of
    from pcbin.models import zoo

    with console.attempt("generate"):
        known = None if like is None else new.known_of(like)
        if mixture_file is not None:
            mixture = Mixture.load(mixture_file)
            codec = Codec(zoo.load(mixture.model_id), bits=mixture.bits)
        else:
            wanted = model if model is not None else zoo.DEFAULT if known is None else known.model_id
            codec = Codec(zoo.load(wanted), bits=bits if bits is not None or known is None else known.bits)
            mixture = prior_of(codec.model, prior or "mixture", bits=codec.bits)  # type: ignore[arg-type]
        weights = None
        if known is not None:
            mixture.check(known.model_id, known.bits)
            weights = mixture.responsibilities(known.codes).mean(axis=0)
        elif cluster is not None:
            if cluster >= mixture.components:
                raise InputError(
                    f"cluster {cluster}: the mixture has {mixture.components}, counted from 0; "
                    f"pass at most {mixture.components - 1}"
                )
            weights = [float(c == cluster) for c in range(mixture.components)]
        codes = mixture.sample(count, weights=weights, seed=seed)
        size = new.write(out, sheet, codec, codes, force=force)
        name = "mixture" if prior is None else prior
        new.report(
            console, f"prior {name}, seed {seed}", codec, codes, (out, sheet, size),
            prior=name, clusters=mixture.components, seed=seed,
        )  # fmt: skip
    console.finish(1)
