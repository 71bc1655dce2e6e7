"""`pcbin eval`: how good a decoded cloud or image is, and what it cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcbin._words import count, listing, milliseconds, ms, printable, table
from pcbin.cli import _options as options
from pcbin.cli._console import Console
from pcbin.cli._globs import Globs
from pcbin.cli._paths import STREAM

if TYPE_CHECKING:
    from pcbin.cli._inputs import Inputs
    from pcbin.codec import Encoder
    from pcbin.modalities.base import Report


def _metrics(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[str, ...] | None:
    """The names; None where there are none. Raises BadParameter."""
    if text is None:
        return None
    from pcbin.errors import InputError
    from pcbin.modalities.evaluations import metrics_of

    try:
        return metrics_of(name.strip().lower() for name in text.split(","))
    except InputError as error:
        raise click.BadParameter(str(error), ctx, param) from None


@click.command("eval")
@click.argument("inputs", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "--round-trip",
    is_flag=True,
    help="Take two files as two originals, not as an original and its decoded form.",
)
@click.option(
    "--metrics",
    metavar="LIST",
    callback=_metrics,
    help="Of clouds, measure some of chamfer, d1-psnr, f-score, d2-psnr, hausdorff, dcd and emd, with commas "
    "between them, or all.  [default: chamfer,d1-psnr,f-score]",
)
@options.globs
@options.cloud_format
@options.coding
@options.max_chamfer
@options.device
@options.no_pose
@options.orient
@options.outliers
@options.complete
@options.reading
@options.as_json
def evaluate(
    *,
    inputs: tuple[str, ...],
    round_trip: bool,
    metrics: tuple[str, ...] | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    format_: str | None,
    model: str | None,
    device: str,
    pose: bool,
    samples: int | None,
    array: str | None,
    drop_nan: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Measure how far decoded clouds or images are from their originals.

    Two files are taken as an original and its decoded form: a cloud, an image or a .pcb file. Any other
    inputs (one file, more than two, folders) are taken as originals, which are encoded and decoded in memory;
    several are shown in a table with their mean.

    The report gives the size of the code and of the whole file, the bits per point, the compression ratio to
    the points as 32-bit floats, the Chamfer distance (mean of squared distances both ways, for an original
    with a bounding-box diagonal of 1, times 1000), MPEG's D1-PSNR, the F-score at 1 % of the diagonal, and
    the time in milliseconds. For images, it gives the ratio to the pixels as 8-bit grey values, the bits of
    code per pixel (BPP), the mean squared error (of grey values from 0 to 1, times 1000) and the PSNR.

    With --metrics there are more of clouds, which docs/metrics.md defines. The point-to-plane PSNR (d2-psnr)
    needs an original with normals: a mesh, or a PLY file with nx, ny and nz.

    \b
    Examples:
      pcbin eval chair.ply
      pcbin eval chair.ply chair.pcb
      pcbin eval chair.ply back.ply
      pcbin eval chairs/ --json
      pcbin eval chair.ply --metrics all
      pcbin eval digit.png --model my_digits
    """
    if STREAM in inputs:
        raise click.UsageError("eval reads files, not standard input")
    options.check_orient(asked["orient"], pose=pose)
    console = Console(as_json=as_json)

    from pcbin.modalities import Reading

    reading = Reading(format_, samples, asked["seed"], array, drop_nan)
    pair = len(inputs) == 2 and not round_trip and not any(Path(text).is_dir() for text in inputs)
    if pair:
        from pcbin.cli._pairs import compare

        original, decoded = map(Path, inputs)
        with console.attempt(inputs[0]):
            found = compare(
                original,
                decoded,
                model=model,
                device=device,
                reading=reading,
                up=asked["up"],
                metrics=metrics,
                outliers=asked["outliers"],
            )
            if found.warning is not None:
                console.warn(f"{original}: {found.warning}")
            text = _text(found.report, found.evaluation, found.document)
            console.report(printable(f"{original} against {decoded}") + f"\n{text}", found.document)
        console.finish(1)
        return
    from pcbin.auto import AUTO, encoder
    from pcbin.cli._inputs import Inputs
    from pcbin.coding.options import Options

    wanted = Options(**asked, warn=False)
    coder = encoder(model or AUTO, wanted if pose else wanted.standing, device=device)
    read = Inputs.of(coder, reading)
    files = read.gather(inputs, Globs(include, exclude))
    report, documents, notes, unlike = coder.modality.report_of(metrics), [], [], []
    for done, one in enumerate(files):
        console.progress(done, len(files))
        with console.attempt(str(one)):
            evaluation, document, warning = _round_trip(coder, read, report, one.path, pose, metrics)
            documents.append(document)
            if warning is not None:
                unlike.append(f"{one}: {warning}")
            if as_json:
                console.report("", document)
            elif len(files) > 1:
                notes += [f"  {one}: {note}" for note in document["omitted"]]
            else:
                text = _text(report, evaluation, document)
                console.report(printable(f"{one}, through model {document['model']}") + f"\n{text}", {})
    if documents and len(files) > 1:
        _sum_up(console, coder.modality.noun, report, documents, notes)
    if unlike:
        others = count(len(unlike) - 1, f"other {coder.modality.noun}")
        console.warn(unlike[0] + (f" (the same goes for {others})" if len(unlike) > 1 else ""))
    console.finish(len(files))


def _round_trip(  # noqa: PLR0917
    coder: Encoder, inputs: Inputs, report: Report, path: Path, pose: bool, metrics: tuple[str, ...] | None
) -> tuple[Any, dict[str, Any], str | None]:
    """The metrics, the same for JSON, and the warning where the object is unlike its model's training set."""
    import time

    from pcbin.cli._encode_files import warning_of

    item = inputs.read(path)
    coded = coder.code(item.array)
    data = coded.pack(pose=pose)
    began = time.perf_counter()
    decoded = coded.restore(pose=pose)
    seconds = time.perf_counter() - began
    evaluation = coded.evaluate(
        item.array, decoded, data=data, pose=pose, metrics=metrics, normals=item.normals
    )
    document = {
        "input": str(path), "model": coded.codec.model.name, **report.document(evaluation),
        "encode_ms": milliseconds(coded.seconds), "decode_ms": milliseconds(seconds),
        "omitted": [*item.omitted, *filter(None, [coded.omitted])],
    }  # fmt: skip
    return evaluation, document, warning_of(coded, evaluation)


def _text(report: Report, evaluation: Any, document: dict[str, Any]) -> str:
    rows = report.rows(evaluation)
    rows += [
        (kind, ms(document[key] / 1e3))
        for kind, key in (("encode", "encode_ms"), ("decode", "decode_ms"))
        if key in document
    ]
    return "\n".join([listing(rows), *(f"  {note}" for note in document["omitted"])])


def _sum_up(
    console: Console, noun: str, report: Report, documents: list[dict[str, Any]], notes: list[str]
) -> None:
    """The table, and the means (with --json these alone; the rest was said). notes: what goes below it."""
    keys = (*report.means, "encode_ms", "decode_ms")
    means = {key: _mean([d[key] for d in documents]) for key in keys}
    text = ""
    if not console.as_json:
        name = f"mean of {count(len(documents), noun)}"
        named = [*((d["input"], d) for d in documents), (name, means)]
        rows = [
            (name, *report.cells(d), f"{d['encode_ms']:.1f}", f"{d['decode_ms']:.1f}") for name, d in named
        ]
        text = "\n".join([table((*report.head, "ENCODE ms", "DECODE ms"), rows), *notes])
    summary = {"summary": True, f"{noun}s": len(documents), "failed": console.failed, **means}
    console.report(text, summary)


def _mean(values: list[float | None]) -> float | None:
    """Of those that were measured; None where none was."""
    some = [value for value in values if value is not None]
    return sum(some) / len(some) if some else None
