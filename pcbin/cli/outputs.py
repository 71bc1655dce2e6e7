"""What `pcbin decode` makes of codes: clouds or images, in a file format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, ClassVar

from pcbin.arrays import Codes, Pose
from pcbin.cli.words import count
from pcbin.codec import Codec
from pcbin.errors import InputError
from pcbin.formats.clouds import CloudFormat, format_of, formats, write_cloud
from pcbin.formats.images import FORMATS, WRITTEN, ImageFormat, find_format, image_format, write_image
from pcbin.models.model import Model

TEXT_FORMATS = ("xyz", "csv", "off", "obj")


class Output(ABC):
    """A format to write. noun: of what. suffix: of its files. text: whether a terminal can show them."""

    noun: ClassVar[str]

    def __init__(self, format: CloudFormat | ImageFormat) -> None:
        self.name, self.suffix = format.name, format.suffixes[0]
        self.text = format.name in TEXT_FORMATS

    @property
    @abstractmethod
    def suffixes(self) -> set[str]:
        """What names of originals end with."""

    @abstractmethod
    def decode(
        self, codec: Codec, codes: Codes, poses: Sequence[Pose | None], n_points: int | None
    ) -> Iterator[Any]:
        """(n, k / 8) codes -> n clouds of `n_points` points (None: as many as the model gives), or images."""

    @abstractmethod
    def write(self, file: BinaryIO, decoded: Any) -> None: ...

    @abstractmethod
    def facts(self, decoded: Any, pose: Pose | None) -> dict[str, Any]:
        """For JSON."""

    @abstractmethod
    def size(self, model: Model, n_points: int | None) -> str:
        """How large what comes out is, "256 points"."""

    def remark(self, pose: Pose | None) -> str:
        """What people should know of where it lies."""
        return ""

    @abstractmethod
    def check(self, model: Model) -> None:
        """Raises InputError where the model makes something else."""


class CloudOutput(Output):
    noun = "cloud"

    @property
    def suffixes(self) -> set[str]:
        return {ending for one in formats().values() for ending in one.suffixes}

    def decode(
        self, codec: Codec, codes: Codes, poses: Sequence[Pose | None], n_points: int | None
    ) -> Iterator[Any]:
        return codec.points(codes, poses, n_points=n_points)

    def write(self, file: BinaryIO, decoded: Any) -> None:
        write_cloud(file, decoded, self.name)

    def facts(self, decoded: Any, pose: Pose | None) -> dict[str, Any]:
        return {"points": len(decoded), "placed": pose is not None}

    def size(self, model: Model, n_points: int | None) -> str:
        return count(model.points if n_points is None else n_points, "point")

    def remark(self, pose: Pose | None) -> str:
        return "" if pose is not None else "; around the origin, one unit across, as no pose is stored"

    def check(self, model: Model) -> None:
        if model.image is not None:
            raise InputError(
                f"{self.name} is a format of clouds, and model {model.name} makes images; "
                f"use one of: {WRITTEN}"
            )


class ImageOutput(Output):
    noun = "image"

    @property
    def suffixes(self) -> set[str]:
        return {ending for one in FORMATS.values() for ending in one.suffixes}

    def decode(
        self, codec: Codec, codes: Codes, poses: Sequence[Pose | None], n_points: int | None
    ) -> Iterator[Any]:
        if n_points is not None:
            raise InputError(
                f"model {codec.model.name} makes images, which have no points; leave --points away"
            )
        return codec.images(codes)

    def write(self, file: BinaryIO, decoded: Any) -> None:
        write_image(file, decoded, self.name)

    def facts(self, decoded: Any, pose: Pose | None) -> dict[str, Any]:
        return {"height": decoded.shape[0], "width": decoded.shape[1]}

    def size(self, model: Model, n_points: int | None) -> str:
        height, width = model.image or (0, 0)
        return f"{height} x {width} pixels"

    def check(self, model: Model) -> None:
        if model.image is None:
            written = ", ".join(sorted(one.name for one in formats().values() if one.write))
            raise InputError(
                f"{self.name} is a format of images, and model {model.name} makes clouds; "
                f"use one of: {written}"
            )


def output_of(path: str, format: str | None) -> Output:
    """The format called `format`, else that of the suffix. Raises InputError: none, or not written."""
    if find_format(path, format) is not None:
        return ImageOutput(image_format(path, format=format, writing=True))
    try:
        return CloudOutput(format_of(path, format=format, writing=True))
    except InputError as error:
        raise InputError(f"{error}; for images: {WRITTEN}") from None


def default_output(*, images: bool) -> Output:
    """PNG for images, PLY for clouds."""
    return output_of("", "png" if images else "ply")
