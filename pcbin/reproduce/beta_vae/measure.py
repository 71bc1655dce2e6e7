"""The metrics of the study."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32, Float64
from pcbin.metrics import distortion, sampling_floor
from pcbin.reproduce.beta_vae.sets import CloudData
from pcbin.reproduce.runs import System

Bits = npt.NDArray[np.bool_]
NEAR = 0.05
"""How near to 0 or 1 a latent value counts as binary."""
ARMS = 3
"""How many times the difference between chairs with and without armrests is added. At 1 hardly a bit changes;
chosen on chairs that the training held out."""


def latents(system: System, clouds: Float32) -> Float32:
    """(S, inputs): the latent without noise."""
    found: Float32 = system.latent.mean(system.params(clouds)).numpy()
    return found


def bits(system: System, clouds: Float32) -> Bits:
    """(S, K): the thresholded codes."""
    found: Bits = system.latent.logits(system.params(clouds)).numpy() > 0
    return found


def reconstruction(decoded: dict[str, Float32], data: CloudData) -> dict[str, float]:
    """A row of the table: one system's decoded["train"] and decoded["test"] against the originals."""
    metrics: dict[str, float] = {}
    for split, originals in (("train", data.train), ("test", data.test)):
        found = [distortion(x, y) for x, y in zip(originals, decoded[split], strict=True)]
        metrics[f"chamfer_e3_{split}"] = 1e3 * float(np.mean([d.chamfer for d in found]))
        metrics[f"chamfer_sum_{split}"] = float(np.mean([d.chamfer_sum for d in found]))
        metrics[f"d1_psnr_{split}"] = float(np.mean([d.d1_psnr for d in found]))
    return metrics


def chamfers(originals: Float32, decoded: Float32) -> list[float]:
    """The Chamfer distance x 1e3 of each pair."""
    return [1e3 * distortion(x, y).chamfer for x, y in zip(originals, decoded, strict=True)]


def near_ends(values: Float32) -> float:
    """The fraction of latent values within NEAR of 0 or 1."""
    return float(((values < NEAR) | (values > 1 - NEAR)).mean())


def floor_e3(data: CloudData) -> float | None:
    """Chamfer x 1e3 between two samplings of the same shape, a mean over the test set."""
    return 1e3 * float(np.mean([sampling_floor(cloud) for cloud in data.floors])) if data.floors else None


def bernoulli_samples(size: int, count: int, rng: np.random.Generator) -> Bits:
    """(count, size) fair coins."""
    return rng.random((count, size)) < 0.5


def arm_score(clouds: Float32) -> Float64:
    """(S,): the fraction of a chair's points where armrests are: at the sides, in the front half, above the
    seat by 8 to 40 % of the height. It stands in for labels of armrests, which the data does not have.

    The seat is where most points of the middle of the front half lie.
    """
    return np.array([_arms(cloud) for cloud in np.asarray(clouds, dtype=np.float64)])


def _arms(cloud: Float64) -> float:
    x, y, z = cloud.T
    height, wide = (y - y.min()) / np.ptp(y), np.abs(x) / np.abs(x).max()
    front = z > np.median(z)
    counts, edges = np.histogram(height[front & (wide < 0.5)], bins=30, range=(0.15, 0.75))
    seat = edges[counts.argmax() + 1]
    return float((front & (wide > 0.7) & (height > seat + 0.08) & (height < seat + 0.4)).mean())


def armrests(system: System, data: CloudData) -> dict[str, Any]:
    """Adding armrests by arithmetic on codes.

    ARMS times the difference between two mean codes is added: that of training chairs with armrests, with a
    score between the 60th and the 90th percentile (above are bowls and the like), and that of the fifth with
    the lowest scores. Thresholding makes a code of the sum, so bits change where the means differ by more
    than a sixth. Applied to the fifth of the test chairs with the lowest scores.
    """
    codes = {"train": bits(system, data.train), "test": bits(system, data.test)}
    scores = arm_score(data.train)
    order = np.argsort(scores, kind="stable")
    count = len(order)
    have = order[round(0.6 * count) : max(round(0.9 * count), round(0.6 * count) + 1)]
    lack = order[: max(1, round(0.2 * count))]
    difference = codes["train"][have].mean(axis=0) - codes["train"][lack].mean(axis=0)
    bare = np.argsort(arm_score(data.test), kind="stable")[: max(1, round(0.2 * len(data.test)))]
    before = codes["test"][bare]
    after = before + ARMS * difference > 0.5
    return {
        "rows": bare,
        "before": system.decode(before),
        "after": system.decode(after),
        "changed_bits": float((before != after).sum(axis=1).mean()),
        "with_armrests": float(scores[have].mean()),
    }


def interpolation(
    system: System, data: CloudData, pairs: int, steps: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Paths between test chairs: the bits in which two codes differ are flipped in random order.

    "curves": the Chamfer x 1e3 of each step's cloud to the two ends of its path, (pairs, steps, 2);
    "clouds": those of the first path.
    """
    codes = bits(system, data.test)
    curves = np.empty((pairs, steps, 2))
    first: Float32 | None = None
    for pair in range(pairs):
        a, b = rng.choice(len(codes), 2, replace=False)
        differing = rng.permutation(np.flatnonzero(codes[a] != codes[b]))
        path = np.repeat(codes[a][None], steps, axis=0)
        for step in range(steps):
            flipped = differing[: round(step / (steps - 1) * len(differing))]
            path[step, flipped] = codes[b][flipped]
        clouds = system.decode(path)
        first = clouds if first is None else first
        for step, cloud in enumerate(clouds):
            for end, other in enumerate((clouds[0], clouds[-1])):
                curves[pair, step, end] = 1e3 * distortion(other, cloud).chamfer
    return {"curves": curves, "clouds": first}


def rises(curve: Float64, error: Float64) -> tuple[float, bool]:
    """The largest fall of a curve (steps,) that ought to rise, and whether no fall is larger than twice the
    standard error of that step's mean."""
    falls = np.maximum(0, -np.diff(curve))
    return float(falls.max()), bool((falls <= 2 * error[1:]).all())
