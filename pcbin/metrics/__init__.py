"""One definition of every metric."""

from pcbin.metrics.clouds import (
    ALPHA,
    EMD_POINTS,
    THRESHOLD,
    Comparison,
    Distortion,
    FScore,
    Hausdorff,
    distortion,
    one_way,
    sampling_floor,
)
from pcbin.metrics.clusterings import accuracy, ari, matched, nmi
from pcbin.metrics.generated import GeneratedSet
from pcbin.metrics.images import image_psnr
from pcbin.metrics.neighbours import Nearest, both, chamfer, mean_of_both, nearest, nearest_squared, tree

__all__ = [
    "ALPHA",
    "EMD_POINTS",
    "THRESHOLD",
    "Comparison",
    "Distortion",
    "FScore",
    "GeneratedSet",
    "Hausdorff",
    "Nearest",
    "accuracy",
    "ari",
    "both",
    "chamfer",
    "distortion",
    "image_psnr",
    "matched",
    "mean_of_both",
    "nearest",
    "nearest_squared",
    "nmi",
    "one_way",
    "sampling_floor",
    "tree",
]
