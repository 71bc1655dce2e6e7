"""Makes js/test/vectors: small models with random weights, .pcb files, and what Python decodes them to.

    PYTHONPATH=. python js/test/make_vectors.py

A vector is never rewritten: the script refuses where the folder exists.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import pcbin
from pcbin.arrays import unpack_bits
from pcbin.formats.model_file import dump_model
from pcbin.models.model import Model

HERE = Path(__file__).parent / "vectors"
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from cell_helpers import random_model as random_cells  # noqa: E402
from conftest import random_cloud, random_image_parts, random_parts  # noqa: E402

BITS = {"nested": (64, 48, 32, 64), "cells": (4000, 2000, 1000)}


def models() -> dict[str, Model]:
    """One of each kind."""
    nested = random_parts(bits=64, residual=(32, 4), points=40, encoder_points=64, name="nested")
    codes, _ = pcbin.Codec(Model.from_parts(*nested), bits=64, warn=False).codes(
        [random_cloud(400, size=3.0)]
    )
    nested[0]["entropy"] = {"components": 3}
    means = np.random.default_rng(1).integers(1, 1 << 16, (3, 64)).astype(np.uint16)
    means[0] = np.where(unpack_bits(codes[0]), 60000, 5000)  # so that there is a code that becomes shorter
    nested[2]["entropy/means"] = means
    nested[2]["entropy/weights"] = np.array([1 << 23, 1 << 22, 1 << 22], np.uint32)
    plain = random_parts(bits=16, points=24, encoder_points=64, blocks=2, dtype=np.float32, name="plain")
    image = random_image_parts(components=0, name="image")
    parts = {"nested": nested, "plain": plain, "image": image}
    found = {name: Model.from_parts(*some) for name, some in parts.items()}
    return found | {"cells": random_cells(points=200)}


def files(name: str, model: Model) -> dict[str, bytes]:
    """Some .pcb files of a model, by name."""
    if model.image is not None:
        pixels = np.random.default_rng(2).uniform(size=model.image)
        return {"image-0": pcbin.compress(pixels, model=model)}
    found = {}
    for case, bits in enumerate(BITS.get(name, (None,))):
        cloud = random_cloud(400, seed=case, size=3.0, center=(case * 1e6, 2.0, -1.0))
        found[f"{name}-{case}"] = pcbin.compress(cloud, model=model, bits=bits, warn=False)
    if name == "nested":
        cloud = random_cloud(400, size=3.0)
        found["nested-entropy"] = pcbin.compress(cloud, model=model, bits=64, warn=False, entropy=True)
    return found


def main() -> None:
    """Writes all vectors."""
    HERE.mkdir()
    cases: list[dict[str, Any]] = []
    for name, model in models().items():
        (HERE / f"{name}.safetensors").write_bytes(
            dump_model(model.file.model, model.file.info, model.file.tensors)
        )
        for stem, data in files(name, model).items():
            (HERE / f"{stem}.pcb").write_bytes(data)
            decoded = np.asarray(pcbin.decompress(data, model=model), float)
            cases.append({"file": stem, "model": name, "decoded": np.round(decoded, 7).ravel().tolist()})
    (HERE / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
