"""Makes js/test/vectors/zstd: frames with every kind of block, and the SHA-256 of what they hold.

    python js/test/make_zstd_vectors.py

Other versions of zstd make other frames of the same bytes; so the vectors are kept, not made again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import zstandard

HERE = Path(__file__).parent / "vectors" / "zstd"


def samples() -> dict[str, tuple[bytes, int]]:
    """What is packed, and at which level."""
    rng = np.random.default_rng(0)
    names = json.dumps([{"name": f"chairs/{i:05d}.ply", "k": 7 * i} for i in range(2500)]).encode()
    skewed = np.minimum(255, rng.geometric(0.05, 3000)).astype(np.uint8).tobytes()
    return {
        "empty": (b"", 3),
        "one-byte": (b"a" * 1000, 3),
        "random": (rng.bytes(300), 3),
        "short": (names[:200], 3),
        "names-fast": (names, 1),
        "names-best": (names, 22),
        "skewed": (skewed, 19),
        "few-symbols": (rng.integers(0, 4, 2000, dtype=np.uint8).tobytes(), 9),
        "two-blocks": (names[:70_000] + skewed + names[:70_000], 19),
    }


def main() -> None:
    """Writes all vectors; refuses where the folder exists."""
    HERE.mkdir(parents=True)
    sums = {}
    for name, (data, level) in samples().items():
        packed = zstandard.ZstdCompressor(level=level, write_checksum=name == "short").compress(data)
        (HERE / f"{name}.zst").write_bytes(packed)
        sums[f"{name}.zst"] = {"sha256": hashlib.sha256(data).hexdigest(), "length": len(data)}
    (HERE / "sums.json").write_text(json.dumps(sums, indent=1) + "\n")


if __name__ == "__main__":
    main()
