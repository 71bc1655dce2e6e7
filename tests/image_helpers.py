"""Tiny sets of grey images, and recipes for them."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np

HEIGHT, WIDTH = 6, 5


def patterns(count: int, seed: int = 0) -> tuple[Any, Any]:
    """(count, 6, 5) uint8 images of four kinds of bars with noise, and their (count,) kinds."""
    rng = np.random.default_rng(seed)
    clean = np.zeros((4, HEIGHT, WIDTH))
    clean[0, :3], clean[1, 3:], clean[2, :, :2], clean[3, :, 3:] = 1, 1, 1, 1
    kinds = rng.integers(0, 4, count)
    noisy = np.abs(clean[kinds] - rng.uniform(0, 0.2, (count, HEIGHT, WIDTH)))
    return np.rint(255 * noisy).astype(np.uint8), kinds


def write_npz(path: Path, *, train: int = 80, test: int = 20) -> Path:
    """Like MNIST's .npz."""
    (a, ka), (b, kb) = patterns(train, 0), patterns(test, 1)
    np.savez(path, x_train=a, y_train=ka, x_test=b, y_test=kb)
    return path


def write_idx(path: Path, array: Any) -> Path:
    """An IDX file of bytes, gzipped if its name says so."""
    data = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def table(kind: str = "bernoulli", **training: Any) -> dict[str, Any]:
    """A recipe for `write_npz(data / "set.npz")`."""
    options: dict[str, Any] = {}
    if "mixture" in kind:
        options = {"components": 4, "pretrain": 0.5}
    return {
        "name": "bars",
        "license": "none",
        "data": [{"path": "set.npz", "split": "train", "validation": 0.2}],
        "encoder": {"widths": [24]},
        "latent": {"kind": kind, "size": 8, "options": options},
        "decoder": {"widths": [24], "image": [HEIGHT, WIDTH]},
        "objective": {} if kind == "deterministic" else {"kl_weight": 0.1},
        "train": {
            "steps": 12,
            "batch": 8,
            "rate": 1e-2,
            "warmup": 2,
            "average": 0.9,
            "validate_every": 5,
            **training,
        },
    }
