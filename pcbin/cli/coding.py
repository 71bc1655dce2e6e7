"""One cloud through the codec, with what `encode` and `eval` say about it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from pcbin.arrays import Float32, Float64, Pose, Sampling, normalise
from pcbin.cli.console import Console
from pcbin.cli.words import e3
from pcbin.codec import Codec, need_extent, to_bits
from pcbin.formats import pcb
from pcbin.formats.clouds import Cloud, format_of, formats, read_cloud
from pcbin.models import zoo
from pcbin.models.model import Codes
from pcbin.report import Evaluation, evaluate, unlike_training

SUFFIX = ".pcb"


def is_cloud(path: Path, format: str | None = None) -> bool:
    """Whether a file of a folder is meant as input: by its suffix, of any format or a forced one."""
    known = formats().values() if format is None else [format_of(path, format=format)]
    name = path.name.lower().removesuffix(".gz")
    return any(name.endswith(suffix) for one in known if one.read for suffix in one.suffixes)


def pcb_name(name: str) -> str:
    """chair.ply and chair.ply.gz become chair.pcb."""
    bare = name[:-3] if name.lower().endswith(".gz") else name
    return Path(bare).stem + SUFFIX


@dataclass(frozen=True)
class Coded:
    """A cloud and its code."""

    codec: Codec
    cloud: Cloud
    codes: Codes  # (1, K / 8)
    pose: Pose
    kept: bool  # whether the pose is stored
    seconds: float

    def data(self, metadata: Mapping[str, Any] | None = None) -> bytes:
        """The bytes of a .pcb file of its own."""
        pose = self.pose if self.kept else None
        return pcb.dumps(to_bits(self.codes[0]), self.codec.model.id, pose=pose, metadata=metadata)

    @cached_property
    def decoded(self) -> tuple[Float32 | Float64, float]:
        """The decoded cloud, and the seconds that decoding took."""
        began = time.perf_counter()
        points = next(self.codec.points(self.codes, [self.pose if self.kept else None]))
        return points, time.perf_counter() - began

    def evaluation(self, data: bytes | None = None) -> Evaluation:
        """The metrics, which depend on no place or size: without a pose the normalised cloud is compared."""
        original = self.cloud.points if self.kept else normalise(self.cloud.points)[0]
        return evaluate(original, self.decoded[0], data=data)

    def notes(self) -> list[str]:
        """What became of the cloud on its way to the encoder, as lines of the report."""
        lines = []
        if self.cloud.sampled_from:
            lines.append(f"{len(self.cloud.points):,} points drawn from a {self.cloud.sampled_from}")
        most = self.codec.model.encoder_points
        if len(self.cloud.points) > most:
            lines.append(f"the encoder saw {most:,} of {len(self.cloud.points):,} points")
        lines.append(f"not kept: {', '.join(('order of the points', *self.cloud.dropped))}")
        return lines


@dataclass(frozen=True)
class Coder:
    """Reads and encodes clouds as the options say."""

    codec: Codec
    format: str | None
    pose: bool
    samples: int
    seed: int

    @classmethod
    def of(
        cls,
        model: str | bytes | None,
        *,
        device: str,
        format: str | None,
        pose: bool,
        samples: int | None,
        sampling: Sampling,
        seed: int,
    ) -> Coder:
        """model: None for the default one. samples: None for as many as the model takes."""
        loaded = zoo.load(zoo.DEFAULT if model is None else model, device=device)
        codec = Codec(loaded, sampling=sampling, seed=seed)
        return cls(codec, format, pose, loaded.encoder_points if samples is None else samples, seed)

    def read(self, source: Path | BinaryIO) -> Cloud:
        return read_cloud(source, format=self.format, samples=self.samples, seed=self.seed)

    def code(self, source: Path | BinaryIO) -> Coded:
        """Reads and encodes. Raises InputError; the seconds are those of the encoder alone."""
        cloud = self.read(source)
        began = time.perf_counter()
        codes, poses = self.codec.codes([cloud.points])
        if not self.pose:
            need_extent(poses[0])
        return Coded(self.codec, cloud, codes, poses[0], self.pose, time.perf_counter() - began)


def figures(evaluation: Evaluation) -> dict[str, Any]:
    """An evaluation for JSON."""
    return asdict(evaluation)


def warn_unlike(console: Console, coded: Coded, evaluation: Evaluation, name: str) -> bool:
    """Warns, and says so, when the cloud is unlike what the model was trained on."""
    model = coded.codec.model
    limit = unlike_training(model.info, evaluation.chamfer_e3)
    if limit is None:
        return False
    console.warn(
        f"{name}: unlike the shapes that model {model.name} was trained on (Chamfer distance "
        f"{e3(evaluation.chamfer)}; 99 of 100 of theirs are below {e3(limit / 1e3)}); "
        "decode it and look before you rely on it"
    )
    return True
