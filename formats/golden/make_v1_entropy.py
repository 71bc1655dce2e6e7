"""Adds the golden vectors of entropy coding to version 1, once: python formats/golden/make_v1_entropy.py.

Never overwrites. They have a table of their own: three components, 32 bits.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from bitarray import bitarray

sys.path.insert(0, str(Path(__file__).parent))
from make_v1 import CHAIR, MODEL, decoded
from writing import add, with_json

from pcbin.formats import pcb
from pcbin.formats.entropy import Table

HERE = Path(__file__).parent / "v1"
TABLE_FILE = "entropy-table.json"
WEIGHTS = [9_000_000, 7_777_215, 1]
BITS = 32


def digest(*seed: int) -> bytes:
    """32 reproducible bytes."""
    return hashlib.sha256(b"entropy" + bytes(seed)).digest()


def table() -> Table:
    """Two likely components, and one that is next to impossible; chances as far out as they go among them."""
    means = [
        [min(65_535, max(1, 65_536 // 16 * (byte % 17))) for byte in digest(component)]
        for component in range(len(WEIGHTS))
    ]
    return Table(WEIGHTS, means)


def codes(count: int) -> Any:
    """(count, 4) reproducible codes, each as one component would have it, but for about every tenth bit."""
    means = table().means
    rows = []
    for number in range(count):
        likely = means[number % 2] > 32_768
        flipped = np.frombuffer(digest(7, number), np.uint8) < 26
        sure = (means[number % 2] == 1) | (means[number % 2] == 65_535)
        rows.append(likely ^ (flipped & ~sure))
    return np.packbits(rows, axis=1, bitorder="little")


def single(number: int, size: int, **options: Any) -> bytes:
    """A single file of the first `size` bytes of a code."""
    code = bitarray(endian="little")
    code.frombytes(codes(number + 1)[number, :size].tobytes())
    return pcb.dumps(code, MODEL, table=table(), **options)


def archive() -> bytes:
    """Two chunks, of two lanes and of one; the last group of each is smaller than the others."""
    file = io.BytesIO()
    writer = pcb.ArchiveWriter(file, model_id=MODEL, code_bits=BITS, chunk=71, table=table())
    with writer:
        writer.add_many(codes(100))
    return file.getvalue()


VECTORS = {
    "single-32-entropy": lambda: single(0, 4),
    "single-32-entropy-pose-metadata": lambda: single(2, 4, pose=CHAIR, metadata={"label": 7}),
    "single-16-entropy": lambda: single(11, 2),
    "archive-entropy": archive,
}


def main() -> None:
    """Writes every vector, its JSON, the table, and their lines of the manifest."""
    text = json.dumps({"weights": WEIGHTS, "means": table().means.tolist()}) + "\n"
    made = {name: make() for name, make in VECTORS.items()}
    vectors = {name: (data, {**decoded(data, table()), "table": TABLE_FILE}) for name, data in made.items()}
    add(HERE, {TABLE_FILE: text.encode(), **with_json(vectors)})


if __name__ == "__main__":
    main()
