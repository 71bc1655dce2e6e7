"""Seeds of the formats of scenes and scans, made when they are first asked for; by libraries where it takes
them."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import test_clouds_3mf as threemf
import test_clouds_gltf as gltf
import test_clouds_scans as scans


def _e57() -> bytes:
    points = np.random.default_rng(0).normal(size=(12, 3))
    with tempfile.TemporaryDirectory() as folder:
        columns = {f"cartesian{axis}": points[:, i] for i, axis in enumerate("XYZ")}
        return scans.e57(Path(folder), [columns]).read_bytes()


SEEDS: dict[str, Callable[[], bytes]] = {
    "glb": lambda: gltf.glb(gltf.document()),
    "gltf": lambda: gltf.gltf(gltf.document()),
    "3mf": lambda: threemf.package(threemf.model()),
}
if find_spec("laspy"):
    SEEDS["las"] = lambda: scans.las(compressed=False)
    SEEDS["las 1.4"] = lambda: scans.las(compressed=False, version="1.4", kind=7)
if find_spec("laspy") and find_spec("lazrs"):
    SEEDS["laz"] = lambda: scans.las(compressed=True)
if find_spec("pye57"):
    SEEDS["e57"] = _e57


@cache
def seed(name: str) -> bytes:
    """The bytes of a sound file."""
    return SEEDS[name]()


def damaged(name: str, rng: random.Random, mutated: Callable[[bytes], bytes]) -> bytes:
    """A seed that was changed: of a zip sometimes what is in it, which checksums otherwise hide."""
    if name == "3mf" and rng.random() < 0.8:
        return threemf.package(mutated(threemf.model().encode()).decode("utf-8", "replace"))
    return mutated(seed(name))
