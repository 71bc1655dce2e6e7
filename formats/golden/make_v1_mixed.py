"""Adds the golden vectors of archives of mixed codes, once: python formats/golden/make_v1_mixed.py.

Never overwrites. They are of version 1.1.
"""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from make_v1 import CHAIR, MODEL, code, decoded
from make_v1_rotation import TURNS, turn_of
from writing import add, with_json

from pcbin.arrays import Pose
from pcbin.formats import pcb

HERE = Path(__file__).parent / "v1"
OTHERS = (MODEL, bytes.fromhex("fedcba9876543210"), bytes.fromhex("00112233445566ff"))
CODES = (
    (128, 0), (40, 0), (128, 1), (8, 1), (16, 2), (104, 0), (128, 0), (128, 0), (128, 0), (72, 2), (72, 1),
)  # fmt: skip
"""The bits of each, and which of the models it is of. In chunks of three the third has neither column."""


def record(row: int, *, lengths: bool, models: bool) -> pcb.Record:
    bits, model = CODES[row]
    return pcb.Record(
        code(bits if lengths else 128, 40 + row), None, {}, OTHERS[model] if models and model else None
    )


def archive(records: list[pcb.Record], **options: Any) -> bytes:
    """In chunks of three clouds."""
    file = io.BytesIO()
    with pcb.ArchiveWriter(file, model_id=MODEL, code_bits=128, mixed=True, chunk=3, **options) as writer:
        for one in records:
            writer.add(one)
    return file.getvalue()


def plain(*, lengths: bool, models: bool) -> bytes:
    return archive([record(row, lengths=lengths, models=models) for row in range(len(CODES))])


def everything() -> bytes:
    """Lengths, models, poses, some of them turned, and names."""
    records = []
    for row in range(len(CODES)):
        turn = TURNS[row % len(TURNS)]
        pose = Pose((row + 0.25, -2.0 * row, CHAIR.center[2]), 1.0 + row / 8, turn)
        notes = {"name": f"part-{row}"} if row % 2 else {}
        records.append(replace(record(row, lengths=True, models=True), pose=pose, metadata=notes))
    return archive(records, pose="float32", rotated=True, metadata={"of": "mixed codes"})


VECTORS = {
    "archive-mixed-lengths": lambda: plain(lengths=True, models=False),
    "archive-mixed-models": lambda: plain(lengths=False, models=True),
    "archive-mixed-rotations": everything,
}


def content(data: bytes) -> dict[str, Any]:
    """What a vector decodes to, as JSON has it: with the model of each cloud, and its rotation where poses
    have some."""
    found = decoded(data)
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        for cloud, one in zip(found["clouds"], reader, strict=True):
            cloud["model_id"] = (one.model_id or MODEL).hex()
            if reader.header.rotated:
                cloud.update(turn_of(one))
    return found


def main() -> None:
    """Writes every vector, its JSON, and their lines of the manifest."""
    made = {name: make() for name, make in VECTORS.items()}
    add(HERE, with_json({name: (data, content(data)) for name, data in made.items()}))


if __name__ == "__main__":
    main()
