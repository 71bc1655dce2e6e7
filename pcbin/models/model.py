"""A frozen model at work: arrays of points to codes and back, in NumPy on the CPU or torch on CUDA."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float32
from pcbin.errors import UnsupportedVersion, WeightsCorrupt, missing
from pcbin.formats.model_file import ModelFile
from pcbin.models.layers import Layer, forward, shapes
from pcbin.models.ops import NumpyOps

Codes = npt.NDArray[np.uint8]
NORMALISATION = "unit-diagonal"
MAX_BITS = 4096
MAX_OUTPUT_POINTS = 1 << 20
MAX_BIT_VALUE = 1e6
MAX_DEPTH = 8


class Backend(Protocol):
    """Runs layers on NumPy arrays, wherever it computes."""

    def run(self, layers: Sequence[Layer], x: Float32) -> Float32: ...


class NumpyBackend:
    """float32 on the CPU."""

    def __init__(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        self._stored = tensors
        self._tensors: dict[str, Float32] = {}
        self._ops = NumpyOps()

    def run(self, layers: Sequence[Layer], x: Float32) -> Float32:
        for name, _ in shapes(layers):  # widened when first used: who decodes needs no encoder
            if name not in self._tensors:
                self._tensors[name] = self._stored[name].astype(np.float32)
        if x.ndim == 3:
            # one cloud at a time up to the maximum: what is computed per point stays in the cache
            end = next(i for i, layer in enumerate(layers) if layer["op"] == "max") + 1
            x = np.stack([forward(layers[:end], self._tensors, cloud, self._ops) for cloud in x])
            layers = layers[end:]
        return forward(layers, self._tensors, x, self._ops)


def _torch_backend(device: str, tensors: Mapping[str, npt.NDArray[Any]]) -> Backend:
    try:
        from pcbin.models.backend_torch import TorchBackend
    except ImportError:
        raise missing("torch", f"device {device!r}", "cuda") from None
    return TorchBackend(device, tensors)


class Model:
    """A frozen model: name, bits, and the two networks.

    device: "cpu" (NumPy), "cuda", "cuda:N" or "torch" (torch on the CPU, to compare with).
    Raises WeightsCorrupt where the network does not fit its own description, InputError for the device.
    """

    def __init__(self, file: ModelFile, *, device: str = "cpu") -> None:
        check(file)
        self.file = file
        self.device = device
        self._encoder: list[Layer] = file.model["encoder"]
        self._decoder: list[Layer] = file.model["decoder"]
        self._low, self._high = (float(value) for value in file.model["bit_values"])
        backend: Callable[[], Backend] = {
            "cpu": lambda: NumpyBackend(file.tensors),
        }.get(device, lambda: _torch_backend(device, file.tensors))
        self._backend = backend()

    def __repr__(self) -> str:
        sizes = f"bits={self.bits} points={self.points}"
        return f"<pcbin.Model {self.name} {self.id.hex()} {sizes} device={self.device}>"

    @property
    def name(self) -> str:
        return str(self.file.info.get("name", "unnamed"))

    @property
    def id(self) -> bytes:
        """The 8 bytes that .pcb files name this model by."""
        return self.file.id

    @property
    def info(self) -> dict[str, Any]:
        return self.file.info

    @property
    def bits(self) -> int:
        """K, the bits of a code."""
        return int(self.file.model["bits"])

    @property
    def points(self) -> int:
        """How many points come out of the decoder."""
        return int(self.file.model["points"])

    @property
    def encoder_points(self) -> int:
        """The most points that the encoder is given; larger clouds are thinned to this number."""
        return int(self.file.model["encoder_points"])

    def logits(self, clouds: Float32) -> Float32:
        """(B, N, 3) normalised clouds -> (B, K); bit i of a code is 1 where logit i is above 0."""
        return self._backend.run(self._encoder, clouds)

    def encode(self, clouds: Float32) -> Codes:
        """(B, N, 3) normalised clouds -> (B, K / 8) codes; bit i is bit i % 8, from the lowest, of byte i //
        8.
        """
        return np.packbits(self.logits(clouds) > 0, axis=-1, bitorder="little")

    def decode(self, codes: Codes) -> Float32:
        """(B, K / 8) codes -> (B, points, 3) normalised clouds."""
        bits = np.unpackbits(codes, axis=-1, bitorder="little")
        return self._backend.run(self._decoder, np.where(bits, np.float32(self._high), np.float32(self._low)))


def check(file: ModelFile) -> None:
    """Raises WeightsCorrupt or UnsupportedVersion where a model's description is not one this pcbin can
    run.
    """
    model = file.model
    try:
        bits, points = model["bits"], model["points"]
        if type(bits) is not int or not 8 <= bits <= MAX_BITS or bits % 8:
            raise ValueError(f"bits = {bits!r}")
        if type(points) is not int or not 1 <= points <= MAX_OUTPUT_POINTS:
            raise ValueError(f"points = {points!r}")
        if type(model["encoder_points"]) is not int or not 1 <= model["encoder_points"] <= MAX_OUTPUT_POINTS:
            raise ValueError(f"encoder_points = {model['encoder_points']!r}")
        values = model["bit_values"]
        if [float(v) for v in values] != list(values) or len(values) != 2:
            raise ValueError(f"bit_values = {values!r}")
        if max(map(abs, values)) > MAX_BIT_VALUE:
            raise ValueError(f"bit_values = {values!r}")
        if model["normalisation"] != NORMALISATION:
            raise UnsupportedVersion(
                f"model: normalisation {model['normalisation']!r} is unknown; upgrade pcbin"
            )
        _check_layers(model["encoder"], 3, bits, pooled=False)
        _check_layers(model["decoder"], bits, 3 * points, pooled=True, points=True)
        named = [*shapes(model["encoder"]), *shapes(model["decoder"])]
        wanted = dict(named)
        if len(wanted) != len(named):
            raise ValueError("two layers of one name")
        if {name: tensor.shape for name, tensor in file.tensors.items()} != wanted:
            raise ValueError("its tensors are not those of its layers")
        if any(tensor.dtype.kind != "f" for tensor in file.tensors.values()):
            raise ValueError("a weight is not a floating-point number")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        if isinstance(error, UnsupportedVersion):
            raise
        raise WeightsCorrupt(
            f"model: its description does not fit together ({error}); freeze it again"
        ) from None


def _check_layers(  # noqa: PLR0912 - one branch a layer of the table in pcbin.models.layers
    layers: list[Layer], inputs: int, outputs: int, *, pooled: bool, points: bool = False, depth: int = 0
) -> None:
    """Follows the width of the data through a network.

    pooled: it starts behind the maximum. points: it ends with the layer that makes points. depth: of
    residuals.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"residuals nested more than {MAX_DEPTH} deep")
    size = inputs
    for layer in layers:
        op = layer["op"]
        if any(type(layer[key]) is not int for key in ("inputs", "outputs", "size", "count") if key in layer):
            raise ValueError(f"a width of layer {op!r} is not a whole number")
        if op == "linear":
            if layer["inputs"] != size:
                raise ValueError(f"layer {layer['name']} takes {layer['inputs']} inputs, gets {size}")
            size = layer["outputs"]
        elif op == "layer_norm":
            if layer["size"] != size:
                raise ValueError(f"layer {layer['name']} takes {layer['size']} inputs, gets {size}")
        elif op == "max":
            if pooled:
                raise ValueError("a second maximum")
            pooled = True
        elif op == "residual":
            _check_layers(layer["layers"], size, size, pooled=True, depth=depth + 1)
        elif op == "points":
            if 3 * layer["count"] != size or not points or layer is not layers[-1]:
                raise ValueError(f"{size} numbers are not {layer['count']} points")
        elif type(op) is not str:
            raise ValueError(f"a layer {op!r}")
        elif op != "relu":
            raise UnsupportedVersion(f"model: unknown layer {op!r}; upgrade pcbin")
    if size != outputs or not pooled:
        raise ValueError(f"a network of {outputs} outputs ends with {size}")
    if points and layers[-1]["op"] != "points":
        raise ValueError("a decoder that does not end with points")
