"""One cloud or image through the codec, for `encode` and `eval`: what both have in common, and the choice."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from pcbin.arrays import Codes, Pose, Sampling
from pcbin.cli.measures import Measures
from pcbin.cli.paths import Found, gather
from pcbin.codec import AUTO, Codec, to_bits
from pcbin.errors import InputError
from pcbin.formats import pcb
from pcbin.models import zoo

SUFFIX = ".pcb"


def pcb_name(name: str) -> str:
    """chair.ply and chair.ply.gz become chair.pcb."""
    bare = name[:-3] if name.lower().endswith(".gz") else name
    return Path(bare).stem + SUFFIX


@dataclass(frozen=True)
class Coded(ABC):
    """A cloud or an image, and its code. seconds: those of the encoder alone."""

    codec: Codec
    codes: Codes  # (1, K / 8)
    seconds: float

    @property
    def pose(self) -> Pose | None:
        """The pose that is stored; None for none."""
        return None

    @property
    @abstractmethod
    def raw_bits(self) -> int:
        """The size of the original, uncompressed."""

    @property
    @abstractmethod
    def size(self) -> dict[str, int]:
        """How large it is, for JSON: points, or height and width."""

    @property
    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """What became of it on its way to the encoder, for JSON."""

    @property
    @abstractmethod
    def lost(self) -> tuple[str, ...]:
        """What of it is not kept, as people call it."""

    @abstractmethod
    def notes(self) -> list[str]:
        """What became of it on its way to the encoder, as lines of the report."""

    @property
    @abstractmethod
    def decoded(self) -> tuple[Any, float]:
        """What comes back, and the seconds that decoding took."""

    @abstractmethod
    def evaluation(self, data: bytes | None = None) -> Any:
        """The metrics, an Evaluation or an ImageEvaluation."""

    def unlike_training(self, evaluation: Any) -> str | None:
        """A warning where the model was not trained for the like of it."""
        return None

    def figures(self, evaluation: Any) -> dict[str, Any]:
        """An evaluation for JSON."""
        return asdict(evaluation)

    @property
    def bits(self) -> int:
        """The length of the code."""
        return 8 * int(self.codes.shape[1])

    def data(self, metadata: Mapping[str, Any] | None = None, *, entropy: bool = False) -> bytes:
        """The bytes of a .pcb file of its own."""
        return pcb.dumps(
            to_bits(self.codes[0]),
            self.codec.model.id,
            pose=self.pose,
            metadata=metadata,
            table=self.codec.table_to_write_with() if entropy else None,
        )


@dataclass(frozen=True)
class Coder(ABC):
    """Reads and encodes clouds, or images, as the options say. pose: whether poses are stored."""

    codec: Codec
    format: str | None
    pose: bool

    measures: ClassVar[Measures[Any]]
    raw: ClassVar[str]
    kind: ClassVar[str]
    """The files that are looked for in folders."""

    @abstractmethod
    def wants(self, path: Path) -> bool:
        """Whether a file of a folder is meant as input."""

    @abstractmethod
    def foreign(self, path: Path) -> InputError | None:
        """The error for a file that another kind of model codes; None where it is none."""

    @abstractmethod
    def code(self, source: Path | BinaryIO) -> Coded:
        """Reads and encodes. Raises InputError."""

    @property
    def noun(self) -> str:
        return self.measures.noun

    def gather(self, inputs: Sequence[str]) -> list[Found]:
        """All inputs, folders searched. Raises InputError where there is none, and what there is instead."""
        others: list[InputError] = []

        def wanted(path: Path) -> bool:
            if self.wants(path):
                return True
            if not others and (error := self.foreign(path)) is not None:
                others.append(error)
            return False

        try:
            return gather(inputs, wanted, self.kind)
        except InputError:
            if others:
                raise others[0] from None
            raise


def coder_of(
    model: str | bytes | None,
    *,
    device: str,
    format: str | None,
    pose: bool,
    samples: int | None,
    sampling: Sampling,
    seed: int,
    bits: int | None = None,
    effort: int | None = None,
    max_chamfer: float | None = None,
) -> Coder:
    """The coder for what a model codes, clouds or images.

    model: None for the default one, "auto" for whichever is best for each cloud. samples: None for as many
    as the model takes. Raises InputError for a format that is not the model's, ModelNotFound and the like.
    """
    options: dict[str, Any] = {
        "bits": bits, "effort": effort, "max_chamfer": max_chamfer,
        "device": device, "sampling": sampling, "seed": seed,
    }  # fmt: skip
    if model == AUTO:
        from pcbin.auto import Auto
        from pcbin.cli.clouds import AutoCoder

        return AutoCoder.best(Auto(**options), format, pose=pose, samples=samples, seed=seed)
    codec = Codec(zoo.load(zoo.DEFAULT if model is None else model, device=device), **options)
    if codec.model.image is not None:
        from pcbin.cli.pictures import ImageCoder

        return ImageCoder.of(codec, format)
    from pcbin.cli.clouds import CloudCoder

    return CloudCoder.of(codec, format, pose=pose, samples=samples, seed=seed)
