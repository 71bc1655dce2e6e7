"""Adds the golden vectors of poses with rotations, once: python formats/golden/make_v1_rotation.py.

Never overwrites. They are of version 1.1.
"""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from make_v1 import CHAIR, MODEL, SURVEYED, code, decoded, records
from writing import add, with_json

from pcbin.arrays import rotation_matrix
from pcbin.formats import pcb

HERE = Path(__file__).parent / "v1"
TURNS = (
    None,
    (0.5, -0.5, 0.5, 0.5),
    (0.0, 0.6, 0.0, -0.8),  # stored as its negative
    (0.0, -1.0, 0.0, 0.0),  # a half turn, likewise
    (1e-5, 0.0, 0.0, 1.0),  # too small to be stored
)


def archive() -> bytes:
    """Clouds of an archive with rotations, two of them unturned."""
    file = io.BytesIO()
    options: dict[str, Any] = {"model_id": MODEL, "code_bits": 128, "pose": "float64", "rotated": True}
    with pcb.ArchiveWriter(file, chunk=3, **options) as writer:
        for record, turn in zip(records(len(TURNS), poses=True), TURNS, strict=True):
            assert record.pose is not None
            writer.add(replace(record, pose=replace(record.pose, rotation=turn)))
    return file.getvalue()


VECTORS = {
    "single-128-rotation32": lambda: pcb.dumps(code(128, 18), MODEL, pose=replace(CHAIR, rotation=TURNS[1])),
    "single-128-rotation64": lambda: pcb.dumps(
        code(128, 19), MODEL, pose=replace(SURVEYED, rotation=TURNS[3]), metadata={"label": 7}
    ),
    "archive-rotations": archive,
}


def content(data: bytes) -> dict[str, Any]:
    """What a vector decodes to, as JSON has it: with the quaternion of each cloud and its matrix, row by row,
    null where it is not turned.
    """
    found = decoded(data)
    with pcb.ArchiveReader(io.BytesIO(data)) as reader:
        for cloud, record in zip(found["clouds"], reader, strict=True):
            cloud.update(turn_of(record))
    return found


def turn_of(record: pcb.Record) -> dict[str, Any]:
    """The rotation of a cloud, both as JSON has it."""
    turn = record.pose and record.pose.rotation
    return {"rotation": turn and list(turn), "matrix": turn and rotation_matrix(turn).tolist()}


def main() -> None:
    """Writes every vector, its JSON, and their lines of the manifest."""
    made = {name: make() for name, make in VECTORS.items()}
    add(HERE, with_json({name: (data, content(data)) for name, data in made.items()}))


if __name__ == "__main__":
    main()
