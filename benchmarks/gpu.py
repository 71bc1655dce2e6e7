"""Measures networks and whole codecs on a GPU: clouds a second by batch, and the share of the card's peak.

python benchmarks/gpu.py                          # on CUDA
python benchmarks/gpu.py -o gpu.json              # and the figures to a file
python benchmarks/gpu.py --device torch --quick   # a trial of the same code in torch on the processor

The peak is that of a large product of matrices in single precision (without TF32, as pcbin computes), in the
same run. Networks are timed with the copies from and to the memory of the host; codecs with all that a
program waits for.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

import pcbin
from pcbin.arrays import Float32
from pcbin.errors import PcbinError
from pcbin.models.layers import Layers, Linear, split_at_max
from pcbin.models.model import Model

MODEL = "chair"
BATCHES = (1, 64, 1024, 4096)
POINTS = 192
"""Points of a cloud that the encoder sees at effort 0."""
SIDE = 8192
"""Of the matrices whose product gives the peak."""
ROUNDS = 5


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--device", default="cuda", help="cuda, cuda:N, or torch: torch on the processor")
    made.add_argument("--quick", action="store_true", help="small batches and matrices, once: a trial")
    made.add_argument("-o", "--out", type=Path, metavar="FILE", help="for the figures, as JSON")
    return made


def seconds(call: Callable[[], Any], device: str, rounds: int) -> float:
    """The median of some rounds, after one that is not counted."""
    import torch

    taken = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        call()
        if device.startswith("cuda"):
            torch.cuda.synchronize(device)
        taken.append(time.perf_counter() - began)
    return float(np.median(taken[1:]))


def peak(device: str, side: int, rounds: int) -> float:
    """Multiplications and additions a second of a product of matrices."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    matrix = torch.rand(side, side, device="cpu" if device == "torch" else device)
    return 2 * side**3 / seconds(lambda: matrix @ matrix, device, rounds)


def products(layers: Layers, model: Model, points: int = 1) -> int:
    """Multiplications and additions that a network's linear layers need for one object."""
    numbers = [model.weights[one.weight].size for one in layers if isinstance(one, Linear)]
    return 2 * points * sum(numbers)


def networks(model: Model, batch: int, rounds: int) -> dict[str, tuple[float, float]]:
    """What encoder and decoder take for a batch, and the operations of one object of their linear layers."""
    rng = np.random.default_rng(0)
    clouds: Float32 = rng.uniform(-0.35, 0.35, (batch, POINTS, 3)).astype(np.float32)
    codes = rng.integers(0, 256, (batch, model.default_bits // 8), dtype=np.uint8)
    of_points, of_cloud = split_at_max(model.description.encoder)
    work = products(of_points, model, POINTS) + products(of_cloud, model)
    network, tail = model.description.head_and_tail
    return {
        "encoder": (seconds(lambda: model.logits(clouds), model.device, rounds), work),
        "decoder": (
            seconds(lambda: model.decode(codes), model.device, rounds),
            products((*network, *(tail or ())), model),
        ),
    }


def codecs(model: Model, batch: int, rounds: int) -> dict[str, float]:
    """What whole codecs take for a batch, from clouds to codes and back."""
    rng = np.random.default_rng(0)
    clouds = list(rng.normal(size=(batch, 2048, 3)).astype(np.float32))
    short, long = (
        pcbin.Codec(model, bits=bits, effort=0, orient="keep", outliers="keep", warn=False)
        for bits in (model.head, model.default_bits)
    )
    codes = rng.integers(0, 256, (batch, model.default_bits // 8), dtype=np.uint8)
    return {
        f"encode to {short.bits} bits, effort 0": seconds(lambda: short.codes(clouds), model.device, rounds),
        f"encode to {long.bits} bits, effort 0": seconds(lambda: long.codes(clouds), model.device, rounds),
        "decode": seconds(lambda: list(long.restore(codes)), model.device, rounds),
    }


def measured(options: argparse.Namespace) -> dict[str, Any]:
    import torch

    model = pcbin.load_model(MODEL, device=options.device)
    rounds, side, batches = (1, 512, BATCHES[:2]) if options.quick else (ROUNDS, SIDE, BATCHES)
    most = peak(options.device, side, rounds)
    card = torch.cuda.get_device_name(options.device) if options.device.startswith("cuda") else "processor"
    print(f"{card}: {most / 1e12:.3g} TFLOP/s in single precision")
    rows: list[dict[str, Any]] = []
    for batch in batches:
        for name, (taken, work) in networks(model, batch, rounds).items():
            share = work * batch / taken / most
            rows.append({"what": name, "batch": batch, "per_second": batch / taken, "share_of_peak": share})
        for name, taken in codecs(model, batch, rounds).items():
            rows.append({"what": name, "batch": batch, "per_second": batch / taken, "share_of_peak": None})
    for row in rows:
        said = f"batch {row['batch']:>5}  {row['what']}: {row['per_second']:,.0f} a second"
        if row["share_of_peak"] is not None:
            said += f", {100 * row['share_of_peak']:.1f} % of the peak"
        print(said)
    return {
        "card": card, "device": options.device, "peak_flops": most, "model": model.name,
        "torch": torch.__version__, "pcbin": pcbin.__version__, "rows": rows,
    }  # fmt: skip


def main() -> None:
    options = parser().parse_args()
    try:
        found = measured(options)
    except (PcbinError, ImportError) as error:
        sys.exit(f"gpu: error: {error}")
    if options.out is not None:
        options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
