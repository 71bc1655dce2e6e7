"""Adds the golden vectors of archives of mixed codes, once: python formats/golden/make_v1_mixed.py.

Never overwrites. They are of version 1.1.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from make_v1 import CHAIR, MODEL, code, decoded
from make_v1_rotation import TURNS

from pcbin.arrays import Pose, rotation_matrix
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
                turn = one.pose and one.pose.rotation
                cloud["rotation"] = turn and list(turn)
                cloud["matrix"] = turn and rotation_matrix(turn).tolist()
    return found


def main() -> None:
    """Writes every vector, its JSON, and their lines of the manifest."""
    files = {}
    for name, make in VECTORS.items():
        data = make()
        files[f"{name}.pcb"] = data
        files[f"{name}.json"] = (json.dumps(content(data), indent=1, ensure_ascii=False) + "\n").encode()
    there = [name for name in files if (HERE / name).exists()]
    if there:
        sys.exit(f"{HERE / there[0]} exists: golden vectors are never rewritten; add new ones beside them")
    with (HERE / "SHA256SUMS").open("a") as sums:
        for name, data in files.items():
            (HERE / name).write_bytes(data)
            sums.write(f"{hashlib.sha256(data).hexdigest()}  {name}\n")


if __name__ == "__main__":
    main()
