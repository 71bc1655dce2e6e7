"""The quality of a chair model on the test splits: one JSON document, the source of the figures in its card.

Needs the data folder of the training (modelnet10_chair.npz, shapeassembly_chair.npz). The test figures are
for reporting; choices are made on the validation figures that `pcbin train` prints.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

import pcbin
from pcbin.metrics import sampling_floor

POINTS = 2048


def measure(codec: pcbin.Codec, clouds: np.ndarray) -> list[pcbin.Evaluation]:
    """Each (N, 3) cloud against its decoded code."""
    clouds = [cloud.astype(np.float64) for cloud in clouds]
    codes, poses = codec.codes(clouds)
    return [
        pcbin.evaluate(cloud, back) for cloud, back in zip(clouds, codec.points(codes, poses), strict=True)
    ]


def summary(rows: list[pcbin.Evaluation]) -> dict[str, float]:
    values = np.array([row.chamfer_e3 for row in rows])
    return {
        "clouds": len(rows),
        "chamfer_e3": float(values.mean()),
        "chamfer_e3_median": float(np.median(values)),
        "chamfer_e3_worst": float(values.max()),
        "chamfer_sum": float(np.mean([row.chamfer_sum for row in rows])),
        "d1_psnr_db": float(np.mean([row.d1_psnr for row in rows])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the training sets")
    parser.add_argument("--model", default="chair", help="model to measure (default chair)")
    options = parser.parse_args()
    codec = pcbin.Codec(options.model)
    result: dict[str, object] = {
        "model": codec.model.name, "sha256": codec.model.file.sha256, "bits": codec.model.bits,
    }  # fmt: skip
    with np.load(options.data / "modelnet10_chair.npz", allow_pickle=False) as data:
        test = data["split"] == "test"
        twin = np.isin(data["duplicate_group"][test], data["duplicate_group"][~test])
        dense = data["points"][test]
    rows = measure(codec, dense[:, :POINTS])
    result["modelnet10_chair test"] = summary(rows)
    result["modelnet10_chair test without twins of training chairs"] = summary(
        [row for row, known in zip(rows, twin, strict=True) if not known]
    )
    result["modelnet10_chair test sampling floor"] = 1e3 * float(
        np.mean([sampling_floor(cloud[: 2 * POINTS].astype(np.float64)) for cloud in dense])
    )
    with np.load(options.data / "shapeassembly_chair.npz", allow_pickle=False) as data:
        result["shapeassembly_chair val"] = summary(measure(codec, data["points"][data["split"] == "val"]))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
