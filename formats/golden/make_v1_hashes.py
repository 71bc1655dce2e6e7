"""Adds the golden vector of an archive with whole hashes, once: python formats/golden/make_v1_hashes.py.

Never overwrites.
"""

from __future__ import annotations

import hashlib
import io
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from make_v1 import MODEL, archive, decoded, records
from writing import add, with_json

HERE = Path(__file__).parent / "v1"
HASHES = [MODEL + hashlib.sha256(b"of the model").digest()[8:], hashlib.sha256(b"another").digest()]


VECTORS = {
    "archive-hashes": lambda: archive(
        io.BytesIO(), records(5), metadata={"of": "hashes"}, hashes=HASHES, chunk=3
    )
}


def main() -> None:
    """Writes every vector, its JSON, and their lines of the manifest."""
    made = {name: make() for name, make in VECTORS.items()}
    hashes = [one.hex() for one in HASHES]
    add(HERE, with_json({name: (data, decoded(data) | {"sha256": hashes}) for name, data in made.items()}))


if __name__ == "__main__":
    main()
