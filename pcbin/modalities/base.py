"""What the codec and the command line ask of the kind of object that a model codes."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar, NamedTuple

from pcbin.arrays import Codes, Float32, Mask, Pose, Spacing

if TYPE_CHECKING:
    from pcbin.coding.encoding import Measured
    from pcbin.coding.options import Options
    from pcbin.modalities.evaluations import Metrics
    from pcbin.models.description import ModelDescription
    from pcbin.models.model import Model

Path = str | os.PathLike[str]
Source = Path | BinaryIO


class Prepared(NamedTuple):
    """An object as the encoder takes it.

    pose: how it comes back to its place; None where it has none. left_out: (N,), which points of a cloud are
    outliers that were left out; None for none.
    """

    array: Float32
    pose: Pose | None
    left_out: Mask | None = None


class Rate(NamedTuple):
    """What an object's code costs. container_bits: of the whole file; None for one object of an archive."""

    payload_bits: int
    container_bits: int | None = None

    def per(self, units: int) -> float | None:
        """Container bits for each point or pixel of the original."""
        return None if self.container_bits is None else self.container_bits / units

    def ratio(self, raw_bits: int) -> float | None:
        """The original's bits to those of the whole file."""
        return None if self.container_bits is None else raw_bits / self.container_bits


@dataclass(frozen=True, eq=False)
class Item:
    """An object as read from a file.

    array: what `Modality.prepare` takes. raw_bits: the size of the original, uncompressed. size: how large it
    is, for JSON. lost: what is not kept of it, in words. notes: what became of it on the way, as lines of a
    report. omitted: what was unusable and left out, likewise. facts: all of that, for JSON. normals: of the
    points of a cloud, for metrics.
    """

    array: Any
    raw_bits: int
    size: dict[str, int]
    lost: tuple[str, ...]
    notes: tuple[str, ...]
    facts: dict[str, Any]
    omitted: tuple[str, ...] = ()
    normals: Any = None


@dataclass(frozen=True)
class Reading:
    """How files are read.

    format: the name of a format, in place of the suffix. samples: points drawn from a mesh with `seed`; None
    for as many as the model takes. array: which array of a file that holds several. drop_nan: drop points
    without finite coordinates, which are otherwise an error.
    """

    format: str | None = None
    samples: int | None = None
    seed: int = 0
    array: str | None = None
    drop_nan: bool = False


AS_IT_IS = Reading()


class OutputFormat(NamedTuple):
    """A file format to write. text: whether a terminal can show it."""

    name: str
    suffix: str
    text: bool


class Modality(ABC):
    """One kind of object: how it is prepared, encoded, restored and compared."""

    noun: ClassVar[str]
    """What one is called: "cloud"."""
    described: ClassVar[str]
    """The same at length: "point cloud"."""
    raw: ClassVar[str]
    """What compression ratios are ratios to."""
    has_points: ClassVar[bool]
    """Whether objects have points to sample, a place in space and a Chamfer distance."""

    @property
    @abstractmethod
    def files(self) -> Files: ...

    @property
    def report(self) -> Report:
        """Of the usual metrics."""
        return self.report_of(None)

    @abstractmethod
    def report_of(self, metrics: Metrics) -> Report:
        """Of those metrics. Raises InputError for what are none of these objects."""

    @abstractmethod
    def coded_by(self, model: Model) -> str:
        """What such a model codes: "images of 28 x 28 pixels"."""

    @abstractmethod
    def size_of(self, model: ModelDescription) -> str:
        """What comes out of a model, for a table: "2048", "28 x 28 pixels"."""

    @abstractmethod
    def sizes_of(self, model: ModelDescription) -> tuple[str, str]:
        """What goes into a model and what comes out, as a name and a value."""

    def varies(self, model: Model) -> bool:
        """Whether its codes differ in length, up to that which is asked for, and zeros after the end of one
        change nothing."""
        return model.cells is not None

    @abstractmethod
    def check(self, model: Model, options: Options) -> None:
        """Raises InputError for options that these objects cannot have."""

    @abstractmethod
    def prepare(self, model: Model, item: Any, options: Options) -> Prepared:
        """Checks and normalises one object. Raises InputError for what is none."""

    @abstractmethod
    def encode(self, model: Model, arrays: Sequence[Float32], options: Options) -> list[Measured]:
        """Prepared objects -> a (k / 8,) code each, of one length unless `options` has a `max_chamfer`, and
        its Chamfer distance where that was measured on the way; and where it was turned for it."""

    @abstractmethod
    def check_points(self, model: Model, n_points: int | None, spacing: Spacing | None) -> None:
        """Raises InputError where objects cannot be restored with so many points, spaced like that."""

    @abstractmethod
    def restore(
        self,
        model: Model,
        codes: Codes,
        poses: Sequence[Pose | None],
        options: Options,
        *,
        n_points: int | None,
        spacing: Spacing | None,
    ) -> Iterator[Any]:
        """(n, k / 8) codes and n poses -> n objects. n_points: of each cloud; None for the model's own.
        spacing: of the points of clouds; None for the usual one."""

    @abstractmethod
    def restored_size(self, model: Model, n_points: int | None) -> str:
        """How large what is restored is: "2,048 points"."""

    @abstractmethod
    def restored_facts(self, decoded: Any, pose: Pose | None) -> dict[str, Any]:
        """The same of one object, for JSON."""

    @abstractmethod
    def remark(self, pose: Pose | None) -> str:
        """What people should know of where a restored object lies; "" for nothing."""

    @abstractmethod
    def evaluate(
        self,
        original: Any,
        decoded: Any,
        rate: Rate | None = None,
        *,
        placed: bool = True,
        metrics: Metrics = None,
        normals: Any = None,
    ) -> Any:
        """The metrics of a decoded object.

        placed: whether it was decoded to the original's place. metrics: which; None for the usual ones.
        normals: of the original, where it has some. Raises InputError for what are no such objects or
        metrics.
        """

    @abstractmethod
    def unlike_training(self, model: Model, bits: int, chamfer: float) -> str | None:
        """A warning where an object that was encoded so badly is unlike what the model was trained on."""


class Files(ABC):
    """The files that hold objects of one modality."""

    kind: ClassVar[str]
    """What folders are searched for: "image file"."""

    @abstractmethod
    def recognises(self, path: Path, format: str | None = None) -> bool:
        """Whether a file of this name, or of the format called `format`, is meant to hold such an object."""

    @abstractmethod
    def wants(self, path: Path, format: str | None) -> bool:
        """Whether a file of a folder is meant as input, of a format where one is named."""

    @abstractmethod
    def read(self, source: Source, reading: Reading = AS_IT_IS, *, model: Model | None = None) -> Item:
        """Reads an object, for a model to code if there is one. Raises InputError."""

    @abstractmethod
    def output(self, path: Path, format: str | None = None) -> OutputFormat:
        """The format called `format`, else that of the suffix.

        Raises InputError where it is none of these objects, or cannot be written.
        """

    @property
    @abstractmethod
    def default(self) -> OutputFormat:
        """What is written where nothing is said."""

    @property
    @abstractmethod
    def written(self) -> str:
        """The names of the formats that can be written."""

    @property
    @abstractmethod
    def suffixes(self) -> set[str]:
        """What names of such files end with."""

    @abstractmethod
    def write(self, file: BinaryIO, decoded: Any, format: OutputFormat) -> None: ...


class Report(ABC):
    """How the metrics of one modality are told: in a line, a list, a table, as means over many."""

    head: tuple[str, ...]
    """The columns of the table of `pcbin eval`, without the times."""
    means: tuple[str, ...]
    """The metrics that have a mean there."""

    @abstractmethod
    def document(self, evaluation: Any) -> dict[str, Any]:
        """What was asked for, for JSON."""

    @abstractmethod
    def line(self, evaluation: Any) -> str:
        """The distortion, in one line."""

    @abstractmethod
    def rows(self, evaluation: Any) -> list[tuple[str, str]]:
        """All of it, as names and values."""

    @abstractmethod
    def cells(self, metrics: Mapping[str, Any]) -> tuple[str, ...]:
        """The table's cells but for the name and the times; the metrics may be means."""

    @abstractmethod
    def mean(self, measured: Sequence[tuple[str, Any]]) -> tuple[str, dict[str, Any]]:
        """Of named evaluations: one line, and the same for JSON."""
