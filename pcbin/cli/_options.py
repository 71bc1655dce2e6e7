"""Options that several commands share, so that they look and mean the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[F], F]


def together(*options: Decorator[Any]) -> Decorator[Any]:
    """Options that always come together, as one; the help has them in this order."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def output(help_text: str) -> Decorator[Any]:
    return click.option(
        "-o", "--output", "out", metavar="OUT", type=click.Path(allow_dash=True), help=help_text
    )


force = click.option("-f", "--force", is_flag=True, help="Replace files that exist.")
skip_existing = click.option(
    "--skip-existing", is_flag=True, help="Skip inputs whose output exists and is not older than they are."
)
resume = click.option(
    "--resume",
    is_flag=True,
    help="Go on after Ctrl-C, a crash or bad files: --skip-existing, and for an archive that is there also "
    "--append.",
)
include = click.option(
    "--include",
    metavar="GLOB",
    multiple=True,
    help="In folders, take only files whose name ('*.ply') or path ('chairs/*') matches; may be repeated.",
)
exclude = click.option(
    "--exclude",
    metavar="GLOB",
    multiple=True,
    help="In folders, omit files whose name or path matches; may be repeated.",
)
globs = together(include, exclude)
as_json = click.option("--json", "as_json", is_flag=True, help="Report as JSON, one object per line.")
quiet = click.option("-q", "--quiet", is_flag=True, help="Print warnings and errors only.")


def complete_model(context: click.Context, parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """The installed models whose names begin with what was typed; files where there is none."""
    return _models(start, ())


def _complete_model_or_auto(
    context: click.Context, parameter: click.Parameter, start: str
) -> list[CompletionItem]:
    return _models(start, ("auto",))


def _models(start: str, others: tuple[str, ...]) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from pcbin.models.zoo import installed

    names = dict.fromkeys((*(entry.name for entry in installed()), *others))
    found = [CompletionItem(name) for name in names if name.startswith(start)]
    return found or [CompletionItem(start, type="file")]


model = click.option(
    "--model",
    metavar="MODEL",
    shell_complete=complete_model,
    help="A model's name, the start of its hash, or its file.",
)
model_or_auto = click.option(
    "--model",
    metavar="MODEL",
    shell_complete=_complete_model_or_auto,
    help="A model's name, the start of its hash, or its file; auto: the best installed one.  [default: auto]",
)
licence = click.option(
    "--licence",
    type=click.Choice(["any", "open"]),
    help="open: use no model whose weights are not openly licensed.  [default: $PCBIN_LICENCE, or any]",
)
device = click.option(
    "--device",
    default="cpu",
    show_default=True,
    metavar="DEVICE",
    help="cpu, cuda or cuda:N (needs pcbin[cuda]).",
)
bits = click.option(
    "--bits",
    type=click.IntRange(min=8),
    metavar="K",
    help="The length of a code, a multiple of 8.  [default: the model's]",
)
effort = click.option(
    "--effort",
    type=click.IntRange(0, 9),
    metavar="N",
    help="How long to search for a better code of the same length: 0 (not at all) to 9 (seconds).  "
    "[default: 1]",
)
coding = together(model_or_auto, licence, bits, effort)
max_chamfer = click.option(
    "--max-chamfer",
    type=click.FloatRange(min=0, min_open=True),
    metavar="X",
    help="Give each cloud the shortest code with at most this Chamfer distance, for example 0.8e-3.",
)
cloud_format = click.option(
    "--format",
    "format_",
    metavar="FORMAT",
    help="The format of the inputs (ply, xyz, npy, ...), in place of their suffix.",
)
entropy = click.option(
    "--entropy/--no-entropy",
    default=False,
    help="Entropy code where that makes the file smaller; reading the codes then needs the model.",
)
pack = click.option(
    "--pack",
    is_flag=True,
    help="Let --bits be those of the entropy-coded code: a longer, better code has room in them. Reading it "
    "then needs the model.",
)
no_pose = click.option(
    "--no-pose", "pose", flag_value=False, default=True,
    help="Do not store position and size: saves 16 bytes, but decodes around the origin, one unit across.",
)  # fmt: skip
orient = click.option(
    "--orient",
    type=click.Choice(["auto", "keep"]),
    help="auto: turn clouds to how the model codes them better, for 8 bytes more, and back when they are "
    "decoded; keep: code them as they stand.  [default: auto; keep in archives, with --no-pose and at "
    "effort 0]",
)


outliers = click.option(
    "--outliers",
    type=click.Choice(["drop", "keep"]),
    default="drop",
    show_default=True,
    help="drop: leave out points that are far from all others, and say how many; keep: code all.",
)


complete = click.option(
    "--complete",
    is_flag=True,
    help="Take clouds for parts of objects, such as half a scan, and complete them by global codes. What is "
    "added is a guess.  [default: code what is there]",
)


full_hash = click.option(
    "--full-hash",
    is_flag=True,
    help="Name the model by all 32 bytes of its SHA-256, too; whoever decodes the file compares them.",
)


def check_orient(orient: str | None, *, pose: bool) -> None:
    """Raises UsageError where clouds may be turned and the way back is not kept."""
    if orient == "auto" and not pose:
        raise click.UsageError("a cloud that was turned needs its pose to come back; omit --no-pose")


sampling = click.option(
    "--sampling",
    type=click.Choice(["farthest", "random"]),
    default="farthest",
    show_default=True,
    help="How to thin clouds that have more points than the model takes.",
)
up = click.option(
    "--up",
    type=click.Choice(["x", "y", "z"]),
    default="y",
    show_default=True,
    help="Which axis of the clouds points up. Files do not record it: encode and decode with the same.",
)
samples = click.option(
    "--samples",
    type=click.IntRange(min=0),
    metavar="N",
    help="Points to draw from a mesh; 0 takes its vertices.  [default: as many as the model takes]",
)
array = click.option(
    "--array",
    metavar="NAME",
    help="The array of an .npz file that is the cloud.  [default: points, or the only one]",
)
drop_nan = click.option(
    "--drop-nan",
    is_flag=True,
    help="Drop points with NaN or infinite coordinates, which are otherwise an error.",
)
seed = click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    metavar="N",
    help="Random seed for thinning clouds and drawing from meshes.",
)
reading = together(samples, array, drop_nan, sampling, seed, up)


def _metadata(ctx: click.Context, param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str]:
    for pair in pairs:
        if not pair.partition("=")[0] or "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", ctx, param)
    return {key: value for key, _, value in (pair.partition("=") for pair in pairs)}


metadata = click.option(
    "--metadata",
    metavar="KEY=VALUE",
    multiple=True,
    callback=_metadata,
    help="Store a note in the file; may be repeated.",
)
