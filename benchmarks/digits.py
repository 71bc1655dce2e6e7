"""How good a model of digits is: PSNR, rate and clustering accuracy on MNIST's test images, as JSON.

python benchmarks/digits.py --data DIR            # DIR/mnist.npz
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

import pcbin
from pcbin.cluster import Mixture
from pcbin.datasets.images import load_images
from pcbin.metrics import accuracy, ari, image_psnr, nmi


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist.npz")
    parser.add_argument("--model", default="mnist-vab-80")
    parser.add_argument("--efforts", type=int, nargs="+", default=[0, 1, 5])
    options = parser.parse_args()
    images = load_images(options.data / "mnist.npz", split="test")
    model = pcbin.Codec(options.model).model
    codes = pcbin.Codec(model, effort=0).codes(images.pixels)[0]
    clusters = Mixture.of(model).labels(codes)
    found = {
        "model": model.name,
        "sha256": model.file.sha256,
        "images": len(images),
        "bits": model.bits,
        "bpp": model.bits / images.pixels[0].size,
        "acc": accuracy(images.labels, clusters),  # at every effort: a search keeps the cluster
        "nmi": nmi(images.labels, clusters),
        "ari": ari(images.labels, clusters),
        "cluster_sizes": np.bincount(clusters).tolist(),
        "efforts": {str(effort): _quality(model, images.pixels, effort) for effort in options.efforts},
    }
    print(json.dumps(found, indent=1))


def _quality(model: Any, pixels: Any, effort: int) -> dict[str, float]:
    codec = pcbin.Codec(model, effort=effort)
    began = time.process_time()
    codes = codec.codes(pixels)[0]
    spent = time.process_time() - began
    decoded = np.stack([np.asarray(image, np.float64) for image in codec.restore(codes)]) / 255
    return {
        "psnr": float(image_psnr(pixels / 255, decoded).mean()),
        "psnr_of_mean": float(-10 * np.log10(np.square(pixels / 255 - decoded).mean())),
        "encode_ms": round(1e3 * spent / len(pixels), 2),
    }


if __name__ == "__main__":
    main()
