"""The frozen networks in torch: for CUDA, and on the CPU to compare with NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt
import torch

from pcbin.arrays import Float32
from pcbin.errors import InputError
from pcbin.models.layers import Layers, forward
from pcbin.models.ops_torch import TorchOps
from pcbin.models.weights import widen


class TorchBackend:
    """float32 in full precision: TF32 would break the promise that devices agree to 1e-4."""

    def __init__(self, device: str, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        try:
            self._device = torch.device("cpu" if device == "torch" else device)
            self._tensors = {
                name: torch.from_numpy(widen(tensors, name)).to(self._device) for name in tensors
            }
        except (RuntimeError, AssertionError) as error:
            first = str(error).splitlines()[0]
            raise InputError(
                f"device {device!r}: {first}; use 'cpu', or 'cuda' on a machine with CUDA"
            ) from None
        self._ops = TorchOps()

    @torch.no_grad()
    def run(self, layers: Layers, x: Float32) -> Float32:
        allowed = torch.backends.cuda.matmul.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = False
        try:
            y = forward(layers, self._tensors, self._there(torch.from_numpy(x)), self._ops)
        finally:
            torch.backends.cuda.matmul.allow_tf32 = allowed
        return self._back(y)

    def _there(self, x: torch.Tensor) -> torch.Tensor:
        """To the device; memory of the host that is pinned is copied twice as fast."""
        if self._device.type != "cuda":
            return x.to(self._device)
        return x.pin_memory().to(self._device, non_blocking=True)

    def _back(self, y: torch.Tensor) -> Float32:
        here = y
        if self._device.type == "cuda":
            here = torch.empty(y.shape, dtype=y.dtype, pin_memory=True)
            here.copy_(y, non_blocking=True)
            torch.cuda.current_stream(self._device).synchronize()
        found: Float32 = here.numpy()
        return found
