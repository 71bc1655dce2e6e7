"""`pcbin eval`: how good a decoded cloud or image is, and what it cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcbin.cli import options
from pcbin.cli.console import Console
from pcbin.cli.paths import STREAM
from pcbin.cli.words import count, listing, milliseconds, ms, table

if TYPE_CHECKING:
    from pcbin.cli.coding import Coder
    from pcbin.cli.measures import Measures


@click.command("eval")
@click.argument("inputs", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "--round-trip", is_flag=True, help="Take two files as two originals, not as original and decoded."
)
@options.cloud_format
@options.model_or_auto
@options.bits
@options.effort
@options.max_chamfer
@options.device
@options.no_pose
@options.samples
@options.sampling
@options.seed
@options.as_json
def evaluate(
    *,
    inputs: tuple[str, ...],
    round_trip: bool,
    format_: str | None,
    model: str | None,
    device: str,
    as_json: bool,
    **cloud_options: Any,
) -> None:
    """Measure how far decoded clouds or images are from their originals.

    Two files are an original and its decoded form, a cloud, an image or a .pcb file. Anything else (one
    file, more than two, folders) is originals, which are encoded and decoded in memory; for several there is
    a table with their mean.

    You read: the bits of the code and of the whole file, bits for each point, how much smaller the file is
    than the points as 32-bit floats, the Chamfer distance (mean of squared distances both ways, for an
    original with a bounding-box diagonal of 1, times 1000), the D1-PSNR of MPEG, and the milliseconds. Of
    images, the ratio is to their pixels as 8-bit grey values, BPP are the bits of code a pixel, and you read
    the mean squared error (of grey values from 0 to 1, times 1000) and the PSNR.

    \b
    Examples:
      pcbin eval chair.ply
      pcbin eval chair.ply chair.pcb
      pcbin eval chair.ply back.ply
      pcbin eval chairs/ --json
      pcbin eval digit.png --model my_digits
    """
    if STREAM in inputs:
        raise click.UsageError("eval reads files, not standard input")
    console = Console(as_json=as_json)

    pair = len(inputs) == 2 and not round_trip and not any(Path(text).is_dir() for text in inputs)
    if pair:
        from pcbin.cli.pairs import compare

        original, decoded = map(Path, inputs)
        with console.attempt(inputs[0]):
            measures, evaluation, document = compare(
                original, decoded, model=model, device=device, format=format_,
                samples=cloud_options["samples"], seed=cloud_options["seed"],
            )  # fmt: skip
            console.report(f"{original} against {decoded}\n{_text(measures, evaluation, document)}", document)
        console.finish(1)
        return
    from pcbin.cli.coding import coder_of

    coder = coder_of(model, device=device, format=format_, **cloud_options)
    found = coder.gather(inputs)
    documents = []
    for done, one in enumerate(found):
        console.progress(done, len(found))
        with console.attempt(str(one)):
            evaluation, document = _round_trip(coder, one.path)
            documents.append(document)
            if as_json:
                console.report("", document)
            elif len(found) == 1:
                text = _text(coder.measures, evaluation, document)
                console.report(f"{one}, through model {document['model']}\n{text}", {})
    if documents and len(found) > 1:
        _sum_up(console, coder.measures, documents)
    console.finish(len(found))


def _round_trip(coder: Coder, path: Path) -> tuple[Any, dict[str, Any]]:
    from dataclasses import asdict

    coded = coder.code(path)
    evaluation = coded.evaluation(coded.data())
    return evaluation, {
        "input": str(path), "model": coded.codec.model.name, **asdict(evaluation),
        "encode_ms": milliseconds(coded.seconds), "decode_ms": milliseconds(coded.decoded[1]),
    }  # fmt: skip


def _text(measures: Measures[Any], evaluation: Any, document: dict[str, Any]) -> str:
    rows = measures.rows(evaluation)
    rows += [
        (kind, ms(document[key] / 1e3))
        for kind, key in (("encode", "encode_ms"), ("decode", "decode_ms"))
        if key in document
    ]
    return listing(rows)


def _sum_up(console: Console, measures: Measures[Any], documents: list[dict[str, Any]]) -> None:
    """The table, and the means (with --json these alone; the rest was said)."""
    keys = (*measures.means, "encode_ms", "decode_ms")
    means: dict[str, Any] = {key: sum(float(d[key]) for d in documents) / len(documents) for key in keys}
    text = ""
    if not console.as_json:
        name = f"mean of {count(len(documents), measures.noun)}"
        named = [*((d["input"], d) for d in documents), (name, means)]
        rows = [
            (name, *measures.row(d), f"{d['encode_ms']:.1f}", f"{d['decode_ms']:.1f}") for name, d in named
        ]
        text = table((*measures.head, "ENCODE ms", "DECODE ms"), rows)
    summary = {"summary": True, f"{measures.noun}s": len(documents), "failed": console.failed, **means}
    console.report(text, summary)
