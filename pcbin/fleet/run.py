"""A run: the set is cut into parts, the engine encodes them, and the manifest comes last."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pcbin.archive import table_of
from pcbin.fleet import engines
from pcbin.fleet.sources import Part, parts_of
from pcbin.fleet.task import Done, Recipe, Task, encode_part, recipe_encoder

MANIFEST = "manifest.json"
VERSION = 1


@dataclass
class Run:
    """A set, cut into tasks; `go` does them.

    tasks: in the order of the input. clouds: how many objects they are; None where a file does not say. done:
    what became of them, in the same order.
    """

    recipe: Recipe
    tasks: list[Task]
    done: list[Done] = field(default_factory=list)

    @property
    def clouds(self) -> int | None:
        """How many objects there are, good and bad; None where that is not known before they are read."""
        counts = [task.part.count for task in self.tasks]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def go(
        self, *, engine: str = "local", workers: int | None = None, address: str | None = None
    ) -> Iterator[tuple[Task, Done]]:
        """Does the tasks, and gives each with what became of it; after the last, the manifest is there.

        engine: "local" or "ray". workers: processes; None for one a core. address: of a cluster of Ray.
        Raises PcbinError where workers die again and again; OSError where nothing can be written.
        """
        self.recipe.target.make()
        found = (
            engines.ray(encode_part, self.tasks, workers, address)
            if engine == "ray"
            else engines.local(encode_part, self.tasks, min(workers or engines.cores(), len(self.tasks)))
        )
        for task, done in zip(self.tasks, found, strict=True):
            self.done.append(done)
            yield task, done
        self.recipe.target.write(MANIFEST, json.dumps(self.manifest(), indent=1).encode() + b"\n")

    def manifest(self) -> dict[str, Any]:
        """What there is, as JSON: the same for the same input, however often the run was interrupted."""
        return {
            "version": VERSION,
            **self.recipe.document(),
            "clouds": sum(one.clouds for one in self.done),
            "failed": sum(len(one.failed) for one in self.done),
            "shards": [_document(task.part, one) for task, one in zip(self.tasks, self.done, strict=False)],
        }

    def strangers(self) -> set[str]:
        """Files of shards in the target that are not of this run."""
        mine = {one.file for one in self.done}
        suffix = f".{self.recipe.format}"
        return {name for name in self.recipe.target.names() if name.endswith(suffix)} - mine


def plan(recipe: Recipe, *, shard_size: int, take: Callable[[str], bool] = lambda _: True) -> Run:
    """Cuts a set into tasks of at most `shard_size` objects. take: which of its files are meant, by name.

    The recipe's `models` are filled in. Raises InputError where there is nothing to encode, and as `Codec`.
    """
    coder, models = recipe_encoder(recipe.model, recipe.options)
    if recipe.entropy:
        table_of(coder)
    recipe = replace(recipe, models=models)
    entries = [one for one in recipe.source.entries() if take(one.name)]
    parts = parts_of(recipe.source, entries, shard_size, recipe.fields, coder.modality)
    return Run(recipe, [Task(recipe, part) for part in parts])


def _document(part: Part, done: Done) -> dict[str, Any]:
    found: dict[str, Any] = {
        "file": done.file, "clouds": done.clouds, "bytes": done.bytes, "sha256": done.sha256,
        "source": part.name, "first": part.first, "stop": part.stop, "failed": list(done.failed),
    }  # fmt: skip
    if len(part.files) > 1:
        found["files"] = len(part.files)
    if done.reasons:
        found["reasons"] = list(done.reasons)
    if done.error is not None:
        found["error"] = done.error
    return found
