"""One page that shows clouds, and decodes their codes itself: rotate, zoom, slide over the bits."""

from __future__ import annotations

import base64
import html
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pcbin._version import __version__
from pcbin.archive import Archive
from pcbin.arrays import as_points, normalise, thin
from pcbin.codec import ModelLike
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.formats.atomic import write_atomic
from pcbin.formats.model_file import dump_model
from pcbin.formats.urls import read_path
from pcbin.models import zoo
from pcbin.models.model import Model
from pcbin.pages.looks import ERRORS, FARTHEST, NEAR_AND_FAR, STYLE
from pcbin.pages.scripts import HERE, decoder, joined

MOST_POINTS = 20_000
"""Of an original: what a page draws while it is turned. Larger clouds are thinned at random."""
MOST_OBJECTS = 200
HEIGHT = 640
"""Of a page inside a notebook, in pixels."""


class Shown(NamedTuple):
    """One object of a page: its code, its original, or both."""

    name: str
    data: bytes | None = None
    """A .pcb file of one cloud, or of many, without `points`."""
    points: npt.ArrayLike | None = None
    """(N, 3), y up, in the coordinates that the code decodes to."""


class View:
    """A page of HTML that needs nothing but itself; in a notebook it shows at the end of a cell.

    html: the page.
    """

    def __init__(self, html: str) -> None:
        self.html = html

    def __repr__(self) -> str:
        return f"<pcbin.View of {len(self.html):,} characters; save(path) writes it>"

    def _repr_html_(self) -> str:
        frame = f'style="width: 100%; height: {HEIGHT}px; border: 0"'
        return f'<iframe {frame} srcdoc="{html.escape(self.html, quote=True)}"></iframe>'

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Writes the page.

        Args:
            path: Where to.
            overwrite: Replace a file that exists.

        Returns:
            The path.

        Raises:
            InputError: The file exists.
        """
        write_atomic(path, self.html.encode(), overwrite=overwrite)
        return Path(path)


def view(item: Any, original: Any = None, *, name: str = "object", model: ModelLike | None = None) -> View:
    """A page that shows a cloud or what a code decodes to, beside its original.

    Args:
        item: The bytes of a .pcb file, or its path; or an (N, 3) array of points.
        original: (N, 3) what was encoded, in its coordinates; with it the page has distances and colours by
            error.
        name: What the page calls the object.
        model: The model of the code, where it is not installed.

    Raises:
        InputError: Neither a file nor points, or the code of an image.
        FormatError: Not a .pcb file, or a damaged one.
        ModelNotFound: The code's model is not installed.
    """
    if isinstance(item, str | os.PathLike):
        path = Path(item)
        name, item = (path.name if name == "object" else name), read_path(item)
    if isinstance(item, bytes | bytearray | memoryview):
        return View(page([Shown(name, bytes(item), original)], models=[] if model is None else [model]))
    if original is not None:
        raise InputError("an original of points; pass the bytes of a .pcb file first, or the points alone")
    return View(page([Shown(name, points=item)]))


def page(shown: Iterable[Shown], *, models: Sequence[ModelLike] = (), title: str | None = None) -> str:
    """The HTML of a page of objects; of archives, so many clouds as a page can hold.

    Args:
        shown: The objects.
        models: Further models that the page can decode with.
        title: Of the page; None for the name of the first object.

    Raises:
        InputError: No object, or too many; no cloud; the code of an image.
        FormatError: A damaged .pcb file.
        ModelNotFound: The model of a code is not installed.
    """
    given = {model.id: model for model in map(zoo.load, models)}
    objects = [single for one in shown for single in _singles(one, given)]
    if not objects:
        raise InputError("nothing to show; pass at least one cloud or .pcb file")
    if len(objects) > MOST_OBJECTS:
        raise InputError(f"{len(objects)} objects, and a page shows at most {MOST_OBJECTS}; name fewer")
    named = {pcb.loads(one.data).model_id for one in objects if one.data is not None}
    found = [given.get(model_id) or zoo.load(model_id) for model_id in sorted(named)]
    found += [model for model_id, model in given.items() if model_id not in named]
    for model in found:
        if model.image is not None:
            raise InputError(f"codes of images, by model {model.name}; `pcbin decode` writes them as images")
    data = {
        "models": [_base64(_bytes_of(model)) for model in found],
        "objects": [_document(one) for one in objects],
        "near": NEAR_AND_FAR, "errors": ERRORS, "farthest": FARTHEST,
    }  # fmt: skip
    gradient = ", ".join(f"{colour} {100 * place:.0f}%" for place, colour in ERRORS)
    parts = {
        "title": html.escape(title or objects[0].name),
        "style": STYLE,
        "gradient": gradient,
        "farthest": f"{100 * FARTHEST:.0f} %",
        "version": __version__,
        "data": json.dumps(data).replace("<", "\\u003c"),
        "script": decoder() + joined([HERE / "draw.js", HERE / "viewer.js"]),
    }
    template = (HERE / "viewer.html").read_text(encoding="utf-8")
    return re.sub(r"\{([a-z]+)\}", lambda match: parts[match[1]], template)


def _singles(one: Shown, models: dict[bytes, Model]) -> Iterator[Shown]:
    """The object itself, or each cloud of an archive as a file of its own."""
    if one.data is None or pcb.peek(one.data).layout == "single":
        yield one
        return
    with Archive(BytesIO(one.data)) as archive:
        if len(archive) > MOST_OBJECTS:
            raise InputError(f"{one.name}: {len(archive)} clouds, and a page shows at most {MOST_OBJECTS}")
        for index, record in enumerate(archive.records()):
            model_id = record.model_id or archive.model_id
            name = f"{one.name}: {record.metadata.get('name', index)}"
            yield Shown(name, pcb.dumps(record.code, model_id, pose=record.pose))


def _document(one: Shown) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "pcb": None, "original": None, "frame": None}
    if one.data is not None:
        found["pcb"] = _base64(one.data)
    if one.points is not None:
        points = as_points(one.points, what=one.name)
        cloud, pose = normalise(points)
        few = thin(cloud, MOST_POINTS, method="random")
        found["original"] = _base64(np.ascontiguousarray(few, "<f4").tobytes())
        found["frame"] = {"points": len(points), "center": pose.center, "scale": pose.scale or 1.0}
    return found


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes_of(model: Model) -> bytes:
    return dump_model(model.file.model, model.file.info, model.file.tensors)
