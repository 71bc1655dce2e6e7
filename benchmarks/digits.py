"""How good a model of digits is: PSNR, rate and clustering accuracy on MNIST's test images, as JSON.

python benchmarks/digits.py --data DIR            # DIR/mnist.npz
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

import pcbin
from pcbin.cluster import Mixture
from pcbin.metrics import accuracy, ari, image_psnr, nmi
from pcbin.models.datasets.images import load_images


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with mnist.npz")
    parser.add_argument("--model", default="mnist-vab-80")
    options = parser.parse_args()
    images = load_images(options.data / "mnist.npz", split="test")
    codec = pcbin.Codec(options.model)
    codes = codec.image_codes(images.pixels)
    decoded = np.stack(list(codec.images(codes)))
    squared = np.square((images.pixels / 255.0) - decoded / 255.0)
    clusters = Mixture.of(codec.model).labels(codes)
    found = {
        "model": codec.model.name,
        "sha256": codec.model.file.sha256,
        "images": len(images),
        "bits": codec.model.bits,
        "bpp": codec.model.bits / images.pixels[0].size,
        "psnr": float(image_psnr(images.pixels / 255, decoded / 255).mean()),
        "psnr_of_mean": float(-10 * np.log10(squared.mean())),
        "acc": accuracy(images.labels, clusters),
        "nmi": nmi(images.labels, clusters),
        "ari": ari(images.labels, clusters),
        "cluster_sizes": np.bincount(clusters).tolist(),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
