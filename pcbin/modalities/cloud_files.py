"""The files that hold point clouds, and meshes to sample."""

from __future__ import annotations

from typing import Any, BinaryIO

from pcbin.errors import InputError
from pcbin.formats.clouds import SAMPLES, CloudFormat, format_of, formats, is_cloud, read_cloud, write_cloud
from pcbin.modalities.base import AS_IT_IS, Files, Item, OutputFormat, Path, Reading, Source
from pcbin.modalities.evaluations import POINT_BITS
from pcbin.models.model import Model

TEXT = ("xyz", "csv", "off", "obj")


class CloudFiles(Files):
    kind = "cloud or mesh file"

    def recognises(self, path: Path, format: str | None = None) -> bool:
        try:
            self.recognise(path, format)
        except InputError:
            return False
        return True

    def recognise(self, path: Path, format: str | None = None) -> CloudFormat:
        """The format of a file. Raises InputError where there is none, and says which there are."""
        return format_of(path, format=format)

    def wants(self, path: Path, format: str | None) -> bool:
        return is_cloud(path, format=format)

    def read(self, source: Source, reading: Reading = AS_IT_IS, *, model: Model | None = None) -> Item:
        most = SAMPLES if model is None else model.encoder_points
        cloud = read_cloud(
            source,
            format=reading.format,
            samples=most if reading.samples is None else reading.samples,
            seed=reading.seed,
            array=reading.array,
            drop_nan=reading.drop_nan,
        )
        number = len(cloud.points)
        notes = [f"{number:,} points drawn from a {cloud.sampled_from}"] if cloud.sampled_from else []
        if model is not None and number > most:
            notes.append(f"the encoder saw {most:,} of {number:,} points")
        return Item(
            cloud.points,
            raw_bits=POINT_BITS * number,
            size={"points": number},
            lost=("order of the points", *cloud.dropped),
            notes=tuple(notes),
            facts={
                "dropped": ["order", *cloud.dropped],
                "sampled_from": cloud.sampled_from,
                "dropped_points": cloud.dropped_points,
                "skipped_faces": cloud.skipped_faces,
            },
            omitted=cloud.notes,
            normals=cloud.normals,
        )

    def output(self, path: Path, format: str | None = None) -> OutputFormat:
        found = format_of(path, format=format, writing=True)
        return OutputFormat(found.name, found.suffixes[0], found.name in TEXT)

    @property
    def default(self) -> OutputFormat:
        return self.output("", "ply")

    @property
    def written(self) -> str:
        return ", ".join(sorted(one.name for one in formats().values() if one.write))

    @property
    def suffixes(self) -> set[str]:
        return {suffix for one in formats().values() for suffix in one.suffixes}

    def write(self, file: BinaryIO, decoded: Any, format: OutputFormat) -> None:
        write_cloud(file, decoded, format.name)
