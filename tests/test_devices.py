"""Devices agree: decoded points to 1e-4 of the diagonal, bits but for logits at the threshold.

torch on the CPU always takes part; CUDA where there is a GPU.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import pcbin  # noqa: E402
from pcbin.arrays import normalise  # noqa: E402
from pcbin.formats.clouds import read_cloud  # noqa: E402
from pcbin.training import train  # noqa: E402
from pcbin.training.chamfer_loss import chamfer  # noqa: E402
from pcbin.training.recipe import parse  # noqa: E402

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.ply"))
GPU = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"))


@pytest.mark.parametrize("device", ["torch", GPU])
def test_shipped_model_agrees_with_numpy(device: str) -> None:
    here, there = pcbin.load_model("chair"), pcbin.load_model("chair", device=device)
    clouds = np.stack([normalise(read_cloud(path).points)[0] for path in EXAMPLES])
    ours, theirs = here.logits(clouds), there.logits(clouds)
    np.testing.assert_allclose(theirs, ours, atol=1e-4 * np.abs(ours).max())
    sure = np.abs(ours) > 1e-5
    differ = (ours > 0) != (theirs > 0)
    assert not (differ & sure).any()
    codes = np.random.default_rng(0).integers(0, 256, (50, here.bits // 8), dtype=np.uint8)
    assert np.linalg.norm(here.decode(codes) - there.decode(codes), axis=2).max() < 1e-4


@pytest.mark.parametrize("device", ["torch", GPU])
def test_code_from_one_device_decodes_on_the_other(device: str) -> None:
    points = read_cloud(EXAMPLES[0]).points
    scale = float(np.linalg.norm(np.ptp(points, axis=0)))
    data = pcbin.compress(points, device=device)
    np.testing.assert_allclose(
        pcbin.decompress(data), pcbin.decompress(data, device=device), atol=1e-4 * scale
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_chamfer_on_a_gpu() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.rand(2, n, 3, generator=generator) for n in (300, 1500))
    torch.testing.assert_close(chamfer(x.cuda(), y.cuda()).cpu(), chamfer(x, y))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_trains_on_a_gpu(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "set.npz", points=np.random.default_rng(0).normal(size=(20, 64, 3)).astype(np.float16)
    )
    plan = parse(
        {
            "name": "small",
            "data": [{"path": "set.npz"}],
            "encoder": {"point_widths": [16], "widths": [16]},
            "latent": {"size": 16},
            "decoder": {"widths": [16], "points": 32},
            "train": {"steps": 3, "batch": 4, "points": 64, "encoder_points": 32},
        },
        "test",
    )
    assert train.train(plan, tmp_path, tmp_path / "run", device="cuda", report=lambda _: None).exists()
