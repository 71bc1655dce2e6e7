"""The metrics of one system of one size, over its seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

METRICS = ("acc", "nmi", "ari", "psnr", "psnr_mse", "bpp_coded", "bpp_file_coded")
WITHOUT_SEARCH = ("acc_network", "psnr_mse_network", "bpp_coded_network")


def summary(trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Best, mean and standard error of the mean over the seeds."""
    found: dict[str, Any] = {}
    for name in (*METRICS, *WITHOUT_SEARCH):
        if name in trials[0]:
            values = np.array([metrics[name] for metrics in trials])
            found |= {
                f"{name}_best": float(values.max()),
                f"{name}_mean": float(values.mean()),
                f"{name}_sem": float(values.std(ddof=1) / np.sqrt(len(values))),
            }
    found["bpp"] = trials[0].get("bpp")
    found["seeds"] = [metrics["seed"] for metrics in trials]
    found["acc_of_seeds"] = [metrics["acc"] for metrics in trials]
    if "evenness" in trials[0]:
        found["acc_of_the_most_even"] = most_even(trials)["acc"]
    if "fit" in trials[0]:  # the lowest inertia, or the highest likelihood
        found["acc_of_the_best_fit"] = max(trials, key=lambda metrics: float(metrics["fit"]))["acc"]
    found["minutes_mean"] = round(float(np.mean([metrics["minutes"] for metrics in trials])), 2)
    return found


def most_even(trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The one with the most evenly sized clusters in training: a choice that needs no labels."""
    return max(trials, key=lambda metrics: float(metrics["evenness"]))
