"""A quick try of the study: few clouds of few points, in a set of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pcbin.reproduce.beta_vae.sets import find

TRAIN, TEST = 48, 8


def subset(data: Path, folder: Path, name: str | None, points: int) -> Path:
    """Writes the first shapes of every set of `data` into `folder`, under the same names; returns the path to
    load.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for one in find(data, name, points):
        train, test = one.train[:TRAIN], one.test[:TEST]
        label = np.array([name or ""] * (len(train) + len(test)))
        split = np.array(["train"] * len(train) + [one.test_split] * len(test))
        file = one.key.removesuffix(f"-{name}") + ".npz"
        np.savez(
            folder / file, points=np.concatenate([train, test]).astype(np.float16), split=split, label=label
        )
    written = sorted(folder.glob("*.npz"))
    return written[0] if len(written) == 1 else folder
