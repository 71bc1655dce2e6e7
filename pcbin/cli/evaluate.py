"""`pcbin eval`: how good a decoded cloud is, and what it cost."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pcbin.cli import options
from pcbin.cli.console import Console
from pcbin.cli.paths import STREAM, gather
from pcbin.cli.words import count, db, e3, listing, milliseconds, ms, scaled, table, times

if TYPE_CHECKING:
    from pcbin.cli.coding import Coder
    from pcbin.report import Evaluation

HEAD = (
    "CLOUD",
    "POINTS",
    "BITS",
    "BYTES",
    "BITS/POINT",
    "RATIO",
    "CHAMFER e-3",
    "D1-PSNR dB",
    "ENCODE ms",
    "DECODE ms",
)


@click.command("eval")
@click.argument("inputs", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option(
    "--round-trip", is_flag=True, help="Take two files as two originals, not as original and decoded."
)
@options.cloud_format
@options.model
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
    """Measure how far decoded clouds are from their originals.

    Two files are an original and its decoded form, a cloud or a .pcb file. Anything else (one file, more
    than two, folders) is originals, which are encoded and decoded in memory; for several there is a table
    with their mean.

    You read: the bits of the code and of the whole file, bits for each point, how much smaller the file is
    than the points as 32-bit floats, the Chamfer distance (mean of squared distances both ways, for an
    original with a bounding-box diagonal of 1, times 1000), the D1-PSNR of MPEG, and the milliseconds.

    \b
    Examples:
      pcbin eval chair.ply
      pcbin eval chair.ply chair.pcb
      pcbin eval chair.ply back.ply
      pcbin eval chairs/ --json
    """
    if STREAM in inputs:
        raise click.UsageError("eval reads files, not standard input")
    console = Console(as_json=as_json)

    from pcbin.cli.coding import Coder, is_cloud

    pair = len(inputs) == 2 and not round_trip and not any(Path(text).is_dir() for text in inputs)
    if pair:
        with console.attempt(inputs[0]):
            samples = 2048 if cloud_options["samples"] is None else cloud_options["samples"]
            reading = {"format": format_, "samples": samples, "seed": cloud_options["seed"]}
            _pair(console, Path(inputs[0]), Path(inputs[1]), model=model, device=device, reading=reading)
        console.finish(1)
        return
    found = gather(inputs, lambda path: is_cloud(path, format_), "cloud or mesh file")
    coder = Coder.of(model, device=device, format=format_, **cloud_options)
    results = []
    for done, one in enumerate(found):
        console.progress(done, len(found))
        with console.attempt(str(one)):
            document, evaluation = _round_trip(coder, one.path)
            results.append((document, evaluation))
            if as_json:
                console.report("", document)
            elif len(found) == 1:
                console.report(
                    f"{one}, through model {coder.codec.model.name}\n{_text(evaluation, document)}",
                    {},
                )
    if results and len(found) > 1:
        _sum_up(console, results)
    console.finish(len(found))


def _round_trip(coder: Coder, path: Path) -> tuple[dict[str, Any], Evaluation]:
    from pcbin.cli.coding import figures

    coded = coder.code(path)
    data = coded.data()
    evaluation = coded.evaluation(data)
    document = {
        "input": str(path), "model": coder.codec.model.name, **figures(evaluation),
        "encode_ms": milliseconds(coded.seconds), "decode_ms": milliseconds(coded.decoded[1]),
    }  # fmt: skip
    return document, evaluation


def _pair(
    console: Console,
    original: Path,
    decoded: Path,
    *,
    model: str | None,
    device: str,
    reading: dict[str, Any],
) -> None:
    """An original against a decoded cloud, or against a .pcb file with one cloud."""
    from pcbin.arrays import normalise
    from pcbin.cli.coding import figures
    from pcbin.codec import Codec
    from pcbin.errors import InputError
    from pcbin.formats import pcb
    from pcbin.formats.clouds import read_cloud
    from pcbin.models import zoo
    from pcbin.report import evaluate as measure

    points: Any = read_cloud(original, **reading).points
    document: dict[str, Any] = {"input": str(original), "decoded": str(decoded)}
    if decoded.name.lower().endswith(".pcb"):
        data = decoded.read_bytes()
        header = pcb.peek(data)
        if header.layout != "single":
            raise InputError(f"{decoded}: an archive; compare with a cloud of it: `pcbin decode --index I`")
        codec = Codec(zoo.load(header.model_id if model is None else model, device=device))
        began = time.perf_counter()
        back = codec.decode(data)
        document["decode_ms"] = milliseconds(time.perf_counter() - began)
        if header.pose == "none":
            points = normalise(points)[0]
        evaluation = measure(points, back, data=data)
    else:
        evaluation = measure(points, read_cloud(decoded, **{**reading, "format": None}).points)
    document |= figures(evaluation)
    console.report(f"{original} against {decoded}\n{_text(evaluation, document)}", document)


def _text(evaluation: Evaluation, document: dict[str, Any]) -> str:
    rows = [("points", f"{evaluation.points:,}")]
    if evaluation.container_bits is not None:
        assert evaluation.ratio is not None
        assert evaluation.payload_ratio is not None
        bits, size = evaluation.payload_bits, evaluation.container_bits // 8
        rows += [
            ("code", f"{bits} bits, {times(evaluation.payload_ratio)} smaller than 32-bit floats"),
            ("file", f"{size:,} bytes, {times(evaluation.ratio)} smaller than 32-bit floats"),
            ("rate", f"{evaluation.bits_per_point:.3g} bits a point, the whole file"),
        ]
    rows += [
        ("Chamfer distance", f"{e3(evaluation.chamfer)} (mean of squares, unit diagonal)"),
        ("as sums", f"{evaluation.chamfer_sum:.4g} (over the points of both clouds)"),
        ("D1-PSNR", db(evaluation.d1_psnr)),
    ]
    rows += [
        (kind, ms(document[key] / 1e3))
        for kind, key in (("encode", "encode_ms"), ("decode", "decode_ms"))
        if key in document
    ]
    return listing(rows)


def _sum_up(console: Console, results: list[tuple[dict[str, Any], Evaluation]]) -> None:
    """The table, and the means (with --json these alone; the rest was said)."""
    keys = (
        "points",
        "payload_bits",
        "container_bits",
        "bits_per_point",
        "ratio",
        "chamfer",
        "chamfer_sum",
        "d1_psnr",
        "encode_ms",
        "decode_ms",
    )
    means: dict[str, Any] = {key: sum(float(d[key]) for d, _ in results) / len(results) for key in keys}
    text = ""
    if not console.as_json:
        name = f"mean of {count(len(results), 'cloud')}"
        rows = [_row(document["input"], document) for document, _ in results]
        text = table(HEAD, [*rows, _row(name, means)])
    console.report(text, {"summary": True, "clouds": len(results), "failed": console.failed, **means})


def _row(name: str, d: dict[str, Any]) -> tuple[str, ...]:
    return (
        name,
        f"{d['points']:,.0f}",
        f"{d['payload_bits']:.0f}",
        f"{d['container_bits'] / 8:,.0f}",
        f"{d['bits_per_point']:.3g}",
        f"{d['ratio']:,.0f}",
        scaled(d["chamfer"]),
        f"{d['d1_psnr']:.1f}",
        f"{d['encode_ms']:.1f}",
        f"{d['decode_ms']:.1f}",
    )
