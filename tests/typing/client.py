# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""A program that uses pcbin, for type checkers; it is not run.

Each `type: ignore` stands where there is an error: where there is none, checkers complain of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import pcbin
from pcbin import Codec, Coded, Evaluation, Pose
from pcbin.errors import PcbinError, PcbinWarning

Points = npt.NDArray[np.float32]


class Mesh:
    vertices: list[tuple[float, float, float]]
    faces: npt.NDArray[np.int64]


def one(points: Points, other: npt.NDArray[np.float64], mesh: Mesh) -> Points:
    data: bytes = pcbin.compress(points, bits=64, effort=3, metadata={"name": "chair"}, up="z", warn=False)
    pcbin.compress(other, model="auto", max_chamfer=1e-3)
    pcbin.compress(mesh, model=Path("model.safetensors"))
    pcbin.compress([[0.0, 0.0, 0.0], [1.0, 0.0, 0.5]])
    pcbin.compress([(0, 0, 0), (1, 0, 5)])
    pcbin.compress(list(points))
    pcbin.compress(pcbin.decompress(data))
    shorter: bytes = pcbin.truncate(data, 64)
    decoded: Points = pcbin.decompress(shorter, n_points=512, spacing="even", up="z")
    quality: Evaluation = pcbin.evaluate(points, decoded, data=data)
    pcbin.evaluate(points, decoded, metrics=["emd", "d2-psnr"], normals=other)
    print(quality.chamfer + 1, decoded.mean(axis=0))
    return decoded


def image(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    data = pcbin.compress(pixels, model="mnist-128")
    print(pcbin.evaluate_image(pixels, data=data).psnr)
    return pcbin.decompress(data)


def many(clouds: list[Points]) -> list[bytes]:
    codec = Codec("chair", bits=64)
    some: list[bytes | PcbinError] = codec.encode_many(clouds, errors="return")
    print([data for data in some if isinstance(data, bytes)])
    codes, poses = codec.codes(clouds)
    for decoded, pose in zip(codec.restore(codes, poses), poses, strict=True):
        where: Pose | None = pose
        print(decoded.shape, where)
    coded: Coded = codec.code(clouds[0])
    chamfer: float | None = coded.chamfer
    print(chamfer, coded.pack(), PcbinWarning)
    written: Path = codec.encode_file("chair.ply", overwrite=True)
    print(codec.decode_file(written, "back.ply"))
    codec.encode_many(clouds, metadata=({"row": row} for row in range(len(clouds))))
    return pcbin.compress_many(iter(clouds))


def archive(path: Path, clouds: list[Points]) -> None:
    with pcbin.open(path, "w", model="chair", metadata={"who": "we"}) as writer:
        writer.append(clouds[0], {"name": "first"})
        writer.extend(clouds)
    with pcbin.open(path) as reader:
        first: Points = reader[0]
        few: list[npt.NDArray[Any]] = reader[1:3]
        print(len(reader), first, few, [cloud.shape for cloud in reader])


def wrong(points: Points, codec: Codec) -> None:
    pcbin.compress(5)  # type: ignore[arg-type]
    pcbin.compress("chair.ply")  # type: ignore[arg-type]
    pcbin.compress(None)  # type: ignore[arg-type]
    pcbin.compress(points, bits="64")  # type: ignore[arg-type]
    pcbin.compress(points, up="w")  # type: ignore[arg-type]
    pcbin.compress(points, model=5)  # type: ignore[arg-type]
    pcbin.compress_many(5)  # type: ignore[arg-type]
    pcbin.decompress("chair.pcb")  # type: ignore[arg-type]
    pcbin.evaluate(points, 5)  # type: ignore[arg-type]
    codec.encode(5)  # type: ignore[arg-type]
    codec.encode_many([points], errors="ignore")  # type: ignore[call-overload]
    pcbin.open("a.pcb", "rb")  # type: ignore[call-overload]
    pcbin.open("a.pcb").append(points)  # type: ignore[attr-defined]
