"""Clouds through the codec, for `encode` and `eval`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from pcbin.arrays import Codes, Float32, Float64, Pose, normalise
from pcbin.auto import Auto
from pcbin.cli.coding import Coded, Coder
from pcbin.cli.measures import CLOUDS
from pcbin.cli.words import e3
from pcbin.codec import Codec, need_extent
from pcbin.errors import InputError
from pcbin.evaluation import Evaluation, evaluate, unlike_training
from pcbin.formats.clouds import Cloud, format_of, formats, read_cloud
from pcbin.formats.images import find_format


def is_cloud(path: Path, format: str | None = None) -> bool:
    """Whether a file is meant as a cloud: by its suffix, of any format or a forced one."""
    known = formats().values() if format is None else [format_of(path, format=format)]
    name = path.name.lower().removesuffix(".gz")
    return any(name.endswith(suffix) for one in known if one.read for suffix in one.suffixes)


@dataclass(frozen=True)
class CodedCloud(Coded):
    """placed: the pose, stored or not. kept: whether it is stored."""

    cloud: Cloud
    placed: Pose
    kept: bool

    @property
    def pose(self) -> Pose | None:
        return self.placed if self.kept else None

    @property
    def raw_bits(self) -> int:
        return 96 * len(self.cloud.points)

    @property
    def size(self) -> dict[str, int]:
        return {"points": len(self.cloud.points)}

    @property
    def facts(self) -> dict[str, Any]:
        return {"dropped": ["order", *self.cloud.dropped], "sampled_from": self.cloud.sampled_from}

    @property
    def lost(self) -> tuple[str, ...]:
        return ("order of the points", *self.cloud.dropped)

    def notes(self) -> list[str]:
        lines = []
        if self.cloud.sampled_from:
            lines.append(f"{len(self.cloud.points):,} points drawn from a {self.cloud.sampled_from}")
        most = self.codec.model.encoder_points
        if len(self.cloud.points) > most:
            lines.append(f"the encoder saw {most:,} of {len(self.cloud.points):,} points")
        return lines

    @cached_property
    def decoded(self) -> tuple[Float32 | Float64, float]:
        began = time.perf_counter()
        points = next(self.codec.points(self.codes, [self.pose]))
        return points, time.perf_counter() - began

    def evaluation(self, data: bytes | None = None) -> Evaluation:
        """The metrics, which depend on no place or size: without a pose the normalised cloud is compared."""
        original = self.cloud.points if self.kept else normalise(self.cloud.points)[0]
        return evaluate(original, self.decoded[0], data=data)

    def figures(self, evaluation: Evaluation) -> dict[str, Any]:
        unlike = self.unlike_training(evaluation) is not None
        return {**super().figures(evaluation), "unlike_training": unlike}

    def unlike_training(self, evaluation: Evaluation) -> str | None:
        model = self.codec.model
        if self.bits < model.default_bits:  # the range is that of the default length
            return None
        limit = unlike_training(model.info, evaluation.chamfer_e3)
        if limit is None:
            return None
        return (
            f"unlike the shapes that model {model.name} was trained on (Chamfer distance "
            f"{e3(evaluation.chamfer)}; 99 of 100 of theirs are below {e3(limit / 1e3)}); "
            "decode it and look before you rely on it"
        )


@dataclass(frozen=True)
class CloudCoder(Coder):
    """samples: how many points are drawn from a mesh, with `seed`."""

    samples: int
    seed: int

    measures = CLOUDS
    raw = "the points as 32-bit floats"
    kind = "cloud or mesh file"

    @classmethod
    def of(
        cls, codec: Codec, format: str | None, *, pose: bool, samples: int | None, seed: int
    ) -> CloudCoder:
        coder = cls(codec, format, pose, codec.model.encoder_points if samples is None else samples, seed)
        if format is not None and find_format("", format) and format.lower().lstrip(".") not in formats():
            raise coder._error(f"--format {format}", "a format of images")
        return coder

    def wants(self, path: Path) -> bool:
        return is_cloud(path, self.format)

    def foreign(self, path: Path) -> InputError | None:
        """Plugins may read clouds from, say, a .tif: what is a cloud to one of them is a cloud."""
        image = self.format is None and find_format(path) and not is_cloud(path)
        return self._error(str(path), "an image") if image else None

    def _error(self, where: str, what: str) -> InputError:
        return InputError(
            f"{where}: {what}, and model {self.codec.model.name} codes point clouds; "
            "pass a model of images with --model (see `pcbin models list`)"
        )

    def code(self, source: Path | BinaryIO) -> CodedCloud:
        if isinstance(source, Path) and (error := self.foreign(source)):
            raise error
        cloud = read_cloud(source, format=self.format, samples=self.samples, seed=self.seed)
        began = time.perf_counter()
        codec, code, pose = self._encode(cloud.points)
        if not self.pose:
            need_extent(pose)
        return CodedCloud(codec, code[None], time.perf_counter() - began, cloud, pose, self.pose)

    def _encode(self, points: Float64) -> tuple[Codec, Codes, Pose]:
        return (self.codec, *self.codec.code(points))


@dataclass(frozen=True)
class AutoCoder(CloudCoder):
    """Each cloud with the model that is best for it. codec: the first one, for what does not depend on it."""

    auto: Auto

    @classmethod
    def best(cls, auto: Auto, format: str | None, *, pose: bool, samples: int | None, seed: int) -> AutoCoder:
        first = CloudCoder.of(auto.codecs[0], format, pose=pose, samples=samples, seed=seed)
        return cls(first.codec, first.format, first.pose, first.samples, first.seed, auto)

    def _encode(self, points: Float64) -> tuple[Codec, Codes, Pose]:
        return self.auto.code(points)
