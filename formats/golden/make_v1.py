"""Makes the golden vectors of version 1, once: python formats/golden/make_v1.py. Never overwrites."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from bitarray import bitarray

from pcbin.arrays import Pose
from pcbin.formats import pcb

HERE = Path(__file__).parent / "v1"
MODEL = bytes.fromhex("0123456789abcdef")
CHAIR = Pose((0.5, -1.25, 3.0), 2.5)
SURVEYED = Pose((691_234.567_8, 5_334_567.891_2, 512.345_6), 1.75)


class Pipe(io.RawIOBase):
    """Takes bytes like a pipe: forwards only."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)


def code(bits: int, seed: int) -> bitarray:
    """A reproducible code."""
    digest = b"".join(hashlib.sha256(bytes([seed, block])).digest() for block in range(16))
    result = bitarray(endian="little")
    result.frombytes(digest[: bits // 8])
    return result


def records(count: int, *, poses: bool = False, names: bool = False) -> list[pcb.Record]:
    """Reproducible clouds; every third has no metadata."""
    return [
        pcb.Record(
            code(128, seed),
            Pose((seed + 0.1, -seed / 3, 1e6 + seed), 1.0 + seed / 4) if poses else None,
            {"name": f"Stuhl {seed} \N{CHAIR}", "label": seed, "tags": ["a", None, True, -1.5]}
            if names and seed % 3
            else {},
        )
        for seed in range(count)
    ]


def archive(file: Any, clouds: list[pcb.Record], **options: Any) -> bytes:
    """The bytes of an archive; options are those of ArchiveWriter."""
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=128, **options) as writer:
        for cloud in clouds:
            writer.add(cloud)
    return bytes(file.data) if isinstance(file, Pipe) else bytes(file.getvalue())


def appended() -> bytes:
    """An archive that was appended to three times, so that its index is a chain."""
    path = HERE / "appending.tmp"
    clouds = records(9)
    path.write_bytes(archive(io.BytesIO(), clouds[:5], chunk=1))
    for start, stop in ((5, 7), (7, 8), (8, 9)):
        with pcb.append_archive(path, chunk=2) as writer:
            for cloud in clouds[start:stop]:
                writer.add(cloud)
    data = path.read_bytes()
    path.unlink()
    return data


def skewed() -> bytes:
    """An archive whose codes, poses and metadata are all worth compressing."""
    codes = np.zeros((60, 16), dtype=np.uint8)
    codes[:, 3] = np.arange(60) // 2
    codes[::5, 7] = 1
    file = io.BytesIO()
    options: dict[str, Any] = {"pose": "float64", "metadata": {"about": "all alike, " * 20}, "chunk": 52}
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=128, **options) as writer:
        writer.add_many(codes, np.full((60, 3), 0.1), np.ones(60), [{"name": "chair"}] * 60)
    return file.getvalue()


VECTORS = {
    "single-128": lambda: pcb.dumps(code(128, 1), MODEL),
    "single-128-pose32": lambda: pcb.dumps(code(128, 2), MODEL, pose=CHAIR),
    "single-128-pose64": lambda: pcb.dumps(code(128, 3), MODEL, pose=SURVEYED),
    "single-128-metadata": lambda: pcb.dumps(
        code(128, 4), MODEL, metadata={"name": "Stuhl \N{CHAIR}", "label": 7, "tags": ["a", None, True, -1.5]}
    ),
    "single-128-metadata-zstd": lambda: pcb.dumps(
        code(128, 5), MODEL, pose=CHAIR, metadata={"note": "one and the same, " * 40}
    ),
    "single-8": lambda: pcb.dumps(bitarray("10110000"), MODEL),
    "single-4096": lambda: pcb.dumps(code(4096, 6), MODEL),
    "archive-empty": lambda: archive(io.BytesIO(), []),
    "archive-small": lambda: archive(io.BytesIO(), records(10), chunk=4),
    "archive-poses-names": lambda: archive(
        io.BytesIO(), records(6, poses=True, names=True), pose="float64", metadata={"title": "six"}, chunk=4
    ),
    "archive-pose32": lambda: archive(io.BytesIO(), [pcb.Record(code(128, 7), CHAIR, {})], pose="float32"),
    "archive-streamed": lambda: archive(Pipe(), records(6, names=True), metadata={"title": "six"}, chunk=4),
    "archive-appended": appended,
    "archive-zstd": skewed,
}


def decoded(data: bytes, table: Any = None) -> dict[str, Any]:
    """What a vector decodes to, as JSON has it."""
    with pcb.ArchiveReader(io.BytesIO(data), table=table) as reader:
        reader.verify()
        clouds = [
            {
                "code": one.code.tobytes().hex(),
                "bits": one.code[:8].to01(),
                "center": one.pose and list(one.pose.center),
                "scale": one.pose and one.pose.scale,
                "metadata": one.metadata,
            }
            for one in reader
        ]
        result: dict[str, Any] = {"version": list(reader.version), "layout": reader.header.layout}
        if reader.commit is not None:
            result["streamed"] = reader.commit.streamed
        result |= {"code_bits": reader.code_bits, "pose": reader.pose_kind, "model_id": reader.model_id.hex()}
        if reader.commit is not None:
            result["metadata"] = reader.metadata
        return result | {"clouds": clouds}


def main() -> None:
    """Writes every vector, its JSON, and the manifest."""
    HERE.mkdir(exist_ok=True)
    if any(HERE.iterdir()):
        sys.exit(f"{HERE} is not empty: golden vectors are never rewritten; add new ones beside them")
    lines = []
    for name, make in VECTORS.items():
        data = make()
        text = json.dumps(decoded(data), indent=1, ensure_ascii=False) + "\n"
        for path, content in ((HERE / f"{name}.pcb", data), (HERE / f"{name}.json", text.encode())):
            path.write_bytes(content)
            lines.append(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")
    (HERE / "SHA256SUMS").write_text("".join(lines))


if __name__ == "__main__":
    main()
