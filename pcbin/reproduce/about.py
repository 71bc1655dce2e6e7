"""How a study was run: command, versions, seeds and minutes, for its page and its JSON."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from pcbin._version import __version__
from pcbin.reproduce.page import Page
from pcbin.reproduce.runs import System


def versions(command: str) -> dict[str, Any]:
    """What a result may depend on besides the data."""
    return {
        "command": command,
        "pcbin": __version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "threads": torch.get_num_threads(),
    }


def about(page: Page, command: str, began: float, systems: Mapping[str, System]) -> dict[str, Any]:
    """Puts a table of the runs on the page; returns the same as plain data."""
    training = {
        name: {
            "steps": system.recipe.train.steps,
            "seed": system.recipe.train.seed,
            "minutes": round(system.seconds / 60, 1),
            "parameters": sum(p.numel() for p in system.autoencoder.parameters()),
        }
        for name, system in systems.items()
    }
    found: dict[str, Any] = {
        **versions(command),
        "minutes_of_training": round(sum(s.seconds for s in systems.values()) / 60, 1),
        "minutes_of_this_call": round((time.monotonic() - began) / 60, 1),
        "runs": training,
    }
    page.text(
        f"`{command}` with pcbin {__version__}, torch {torch.__version__}, {found['threads']} threads: "
        f"{found['minutes_of_training']} minutes of training in all (finished runs are not repeated)."
    )
    page.table(
        "runs",
        ["run", "steps", "seed", "parameters", "minutes"],
        [
            [name, f"{r['steps']:,}", str(r["seed"]), f"{r['parameters']:,}", f"{r['minutes']}"]
            for name, r in training.items()
        ],
        "Every training run of this page.",
    )
    return found
