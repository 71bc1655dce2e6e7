"""One task: a part of the input becomes one file of codes. The same function in every engine."""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from pcbin._prefetch import Prefetch
from pcbin._version import __version__
from pcbin.auto import AUTO, Auto, encoder
from pcbin.codec import Encoder
from pcbin.coding.options import Options
from pcbin.coding.threads import on_one_thread
from pcbin.errors import InputError, ModelMismatch, PcbinError
from pcbin.fleet.outputs import Coded, Shard, output_of
from pcbin.fleet.places import Place
from pcbin.fleet.sources import Fields, Part, Row, source_of

DEPTH = 128
MOST_BYTES = 2**26
"""What may wait to be encoded: two batches, of at most so many bytes."""
MAX_FAILED = 65_536
"""Objects of a part that may fail; metadata lists no more."""
TOLD = 20
"""Reasons of failures that are kept with a shard."""
SLUG = 48


@dataclass(frozen=True)
class Recipe:
    """What is the same for all tasks of a run.

    model: as for `pcbin encode`. models: the SHA-256 of all models that may be used, which every worker
    checks. pose, entropy: as for `pcbin encode`. format: "pcb" or "parquet".
    """

    source: Place
    target: Place
    model: str
    models: tuple[str, ...]
    options: Options
    fields: Fields
    pose: bool = True
    entropy: bool = False
    format: str = "pcb"

    def document(self) -> dict[str, Any]:
        """All that decides the bytes of a shard but for its part: not where things lie."""
        return {
            "pcbin": __version__,
            "models": list(self.models),
            "options": asdict(replace(self.options, warn=True, licence=None)),
            "fields": asdict(self.fields),
            "pose": self.pose,
            "entropy": self.entropy,
            "format": self.format,
        }


@dataclass(frozen=True)
class Task:
    """A part of the input, and what to do with it."""

    recipe: Recipe
    part: Part

    @property
    def key(self) -> str:
        """The SHA-256 of all that decides the bytes of the shard."""
        document = {"part": self.part.document(), **self.recipe.document()}
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()

    @property
    def name(self) -> str:
        """Of the shard's file: sorted by name, shards are in the order of the input's rows."""
        slug = re.sub(r"[^A-Za-z0-9._-]+", "_", self.part.name).strip("._-")[:SLUG]
        return f"{slug}-{self.part.first:012d}-{self.key[:24]}.{self.recipe.format}"


@dataclass(frozen=True)
class Done:
    """What became of a task.

    file: of the shard; None where the part could not be read at all, with the reason in `error`. reused: the
    shard was there. failed: the rows that are not in it; reasons: why, of the first of them.
    """

    file: str | None
    clouds: int = 0
    bytes: int = 0
    sha256: str = ""
    failed: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    reused: bool = False
    error: str | None = None


def recipe_encoder(model: str, options: Options) -> tuple[Encoder, tuple[str, ...]]:
    """What encodes, and the SHA-256 of its models.

    Raises as `Codec` does.
    """
    found = encoder(model or AUTO, options)
    models = [one.model for one in found.codecs] if isinstance(found, Auto) else [found.model]
    return found, tuple(sorted(one.file.sha256 for one in models))


_encoder = lru_cache(maxsize=1)(recipe_encoder)


@on_one_thread  # rounding depends on how many there are, and the other cores have tasks of their own
def encode_part(task: Task) -> Done:
    """Encodes a part of the input to a shard, unless that is there and sound.

    Errors of the input are part of what it returns. Raises ModelMismatch where this machine has other models
    than that which planned the run; OSError where the shard cannot be written.
    """
    recipe = task.recipe
    coder, models = _encoder(recipe.model, recipe.options)
    if models != recipe.models:
        raise ModelMismatch(
            f"{recipe.model}: another model here than where the run began; install the same on all machines"
        )
    output = output_of(recipe.format)
    found, reused = _there(task, output), True
    if found is None:
        reused = False
        try:
            shard = _encoded(task, coder)
        except (PcbinError, OSError, MemoryError) as error:
            return Done(None, error=str(error) or type(error).__name__)
        data = output.pack(shard, coder, pose=recipe.pose, entropy=recipe.entropy)
        recipe.target.write(task.name, data)
        found = data, shard.head
    data, head = found
    return Done(
        task.name, head["clouds"], len(data), hashlib.sha256(data).hexdigest(), tuple(head["failed"]),
        tuple(head["reasons"]), reused,
    )  # fmt: skip


def _there(task: Task, output: Any) -> tuple[bytes, dict[str, Any]] | None:
    """The shard's bytes and head, where it is there, sound and of this task."""
    data = task.recipe.target.read(task.name)
    if data is None:
        return None
    try:
        head = output.head(data)
    except PcbinError:
        return None
    return (data, head) if head.get("key") == task.key else None


def _encoded(task: Task, coder: Encoder) -> Shard:
    recipe, part = task.recipe, task.part
    source = source_of(part.kind)
    failed: dict[int, str] = {}
    waiting: deque[Row] = deque()
    clouds: list[Coded] = []
    rows = source.rows(recipe.source, part, recipe.fields, coder.modality, coder.model)
    with Prefetch(rows, depth=DEPTH, weight=_bytes, most=MOST_BYTES) as read:

        def arrays() -> Iterator[Any]:
            for row in read:
                if row.error is None:
                    waiting.append(row._replace(array=None))
                    yield _finite(row.array) if recipe.fields.reading.drop_nan else row.array
                else:
                    failed[row.number] = str(row.error)

        for found in coder.code_many(arrays()):
            row = waiting.popleft()
            try:
                if isinstance(found, PcbinError):
                    raise found
                clouds.append(Coded(row.number, row.name, found, found.kept(recipe.pose)))
            except PcbinError as error:
                failed[row.number] = (
                    f"row {row.number:,}: {error}" if row.name is None else (f"{row.name}: {error}")
                )
    if len(failed) > MAX_FAILED:
        raise InputError(f"{part.name}: more than {MAX_FAILED:,} bad rows; repair it")
    numbers = sorted(failed)
    head = {
        "key": task.key, "source": part.name, "first": part.first, "clouds": len(clouds), "failed": numbers,
        "reasons": [failed[number] for number in numbers[:TOLD]],
    }  # fmt: skip
    return Shard(head, clouds)


def _finite(points: Any) -> Any:
    found = np.asarray(points)
    return found[np.isfinite(found).all(axis=1)] if found.ndim == 2 and found.dtype.kind == "f" else found


def _bytes(row: Row) -> int:
    return int(getattr(row.array, "nbytes", 0))
