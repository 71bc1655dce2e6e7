"""`pcbin eval` of two files: an original against its decoded form, or against a .pcb file with one."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pcbin.arrays import normalise
from pcbin.cli.clouds import is_cloud
from pcbin.cli.measures import CLOUDS, IMAGES, Measures
from pcbin.cli.words import article, milliseconds
from pcbin.codec import Codec
from pcbin.errors import InputError
from pcbin.evaluation import Evaluation, ImageEvaluation, evaluate, evaluate_image
from pcbin.formats import pcb
from pcbin.formats.images import find_format
from pcbin.models import zoo

Noun = Literal["cloud", "image"]


def compare(
    original: Path,
    decoded: Path,
    *,
    model: str | None,
    device: str,
    format: str | None,
    samples: int | None,
    seed: int,
) -> tuple[Measures[Any], Any, dict[str, Any]]:
    """How to say the figures, the figures, and the same for JSON. format: of the original.

    Raises InputError where the two are not of one kind, or cannot be read.
    """
    document: dict[str, Any] = {"input": str(original), "decoded": str(decoded)}
    noun = _noun(original, format)
    code = _Code(decoded, noun, model, device) if decoded.name.lower().endswith(".pcb") else None
    if code is None and _noun(decoded, None) != noun:
        other = article(_noun(decoded, None))
        raise InputError(f"{decoded}: {other}, and {original} is {article(noun)}; compare two of one kind")
    if noun == "image":
        found: Evaluation | ImageEvaluation = _images(original, decoded, code, format=format)
    else:
        samples = 2048 if samples is None else samples
        found = _clouds(original, decoded, code, format=format, samples=samples, seed=seed)
    if code is not None:
        document["decode_ms"] = milliseconds(code.seconds)
    return IMAGES if noun == "image" else CLOUDS, found, {**document, **asdict(found)}


def _noun(path: Path, format: str | None) -> Noun:
    """What a file is meant to be; clouds of plugins go before images of the same suffix."""
    image = find_format(path, format) is not None
    return "image" if image and not (format is None and is_cloud(path)) else "cloud"


class _Code:
    """A .pcb file with one cloud or image, decoded. seconds: what that took."""

    def __init__(self, path: Path, noun: Noun, model: str | None, device: str) -> None:
        self.data = path.read_bytes()
        self.header = pcb.peek(self.data)
        if self.header.layout != "single":
            raise InputError(
                f"{path}: an archive; compare with {article(noun)} of it: `pcbin decode --index I`"
            )
        codec = Codec(zoo.load(self.header.model_id if model is None else model, device=device))
        kind: Noun = "cloud" if codec.model.image is None else "image"
        if kind != noun:
            a_kind = article(kind)
            raise InputError(
                f"{path}: the code of {a_kind}, by model {codec.model.name}; compare it with {a_kind}"
            )
        began = time.perf_counter()
        self.decoded = codec.decode(self.data)
        self.seconds = time.perf_counter() - began


def _images(original: Path, decoded: Path, code: _Code | None, *, format: str | None) -> ImageEvaluation:
    from pcbin.formats.images import read_image

    pixels = read_image(original, format=format)
    if code is None:
        return evaluate_image(pixels, read_image(decoded))
    return evaluate_image(pixels, code.decoded, data=code.data)


def _clouds(
    original: Path, decoded: Path, code: _Code | None, *, format: str | None, samples: int, seed: int
) -> Evaluation:
    from pcbin.formats.clouds import read_cloud

    points: Any = read_cloud(original, format=format, samples=samples, seed=seed).points
    if code is None:
        return evaluate(points, read_cloud(decoded, samples=samples, seed=seed).points)
    if code.header.pose == "none":
        points = normalise(points)[0]
    return evaluate(points, code.decoded, data=code.data)
