"""A frozen model at work: arrays of points to codes and back, in NumPy on the CPU or torch on CUDA."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32, Float64, pack_bits, unpack_bits
from pcbin.errors import UnsupportedVersion, WeightsCorrupt, missing
from pcbin.formats import entropy
from pcbin.formats.mixture_file import check_mixture
from pcbin.formats.model_file import ModelFile
from pcbin.models.layers import Layer, forward, shapes
from pcbin.models.ops import NumpyOps
from pcbin.models.weights import check_weights, widen

UNIT_DIAGONAL = "unit-diagonal"
PIXELS = "pixels"
MAX_PIXELS = 1 << 20
MAX_COMPONENTS = 1 << 12
MAX_BITS = 4096
MAX_OUTPUT_POINTS = 1 << 20
MAX_BIT_VALUE = 1e6
MAX_DEPTH = 8


class Backend(Protocol):
    """Runs layers on NumPy arrays, wherever it computes."""

    def run(self, layers: Sequence[Layer], x: Float32) -> Float32:
        """What comes out of the layers."""
        ...


class NumpyBackend:
    """float32 on the CPU."""

    def __init__(self, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        self._stored = tensors
        self._tensors: dict[str, Float32] = {}
        self._ops = NumpyOps()

    def run(self, layers: Sequence[Layer], x: Float32) -> Float32:
        """What comes out of the layers."""
        for name, _ in shapes(layers):  # widened when first used: who decodes needs no encoder
            if name not in self._tensors:
                self._tensors[name] = widen(self._stored, name)
        if any(layer["op"] == "max" for layer in layers):
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

    Args:
        file: The model file; `pcbin.load_model` reads and checks one.
        device: "cpu" (NumPy), "cuda", "cuda:N" or "torch" (torch on the CPU, to compare with).

    Raises:
        WeightsCorrupt: The network does not fit its own description.
        UnsupportedVersion: The description needs a newer pcbin.
        MissingDependency: The device needs torch.
        InputError: There is no such device.
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
        made = f"points={self.points}" if self.image is None else "image={}x{}".format(*self.image)
        sizes = f"bits={self.bits} {made}"
        return f"<pcbin.Model {self.name} {self.id.hex()} {sizes} device={self.device}>"

    @property
    def name(self) -> str:
        """What the model is called; .pcb files name it by its `id`."""
        return str(self.file.info.get("name", "unnamed"))

    @property
    def id(self) -> bytes:
        """The 8 bytes that .pcb files name this model by."""
        return self.file.id

    @property
    def info(self) -> dict[str, Any]:
        """What people want to know: recipe, training set, measured results, licence."""
        return self.file.info

    @property
    def bits(self) -> int:
        """K, the bits of a code."""
        return int(self.file.model["bits"])

    @property
    def image(self) -> tuple[int, int] | None:
        """Height and width of what an image model codes; None for models of clouds."""
        if self.file.model["normalisation"] != PIXELS:
            return None
        height, width = self.file.model["image"]
        return int(height), int(width)

    @property
    def points(self) -> int:
        """How many points come out of the decoder; 0 for a model of images."""
        return 0 if self.image else int(self.file.model["points"])

    @property
    def encoder_points(self) -> int:
        """The most points that the encoder is given; larger clouds are thinned to it. 0 for images."""
        return 0 if self.image else int(self.file.model["encoder_points"])

    @property
    def nested(self) -> bool:
        """Whether the prefixes of a code are codes: each multiple of 8 bits from `shortest` to `bits`."""
        return "nested" in self.file.model

    @property
    def shortest(self) -> int:
        """The fewest bits of a code."""
        return int(self.file.model["nested"]["shortest"]) if self.nested else self.bits

    @property
    def head(self) -> int:
        """The bits of a code that the encoder gives.

        Where these are fewer than `bits`, the others stand for coefficients of a basis of displacements
        (`pcbin.coding.encoding`).
        """
        return int(self.file.model["residual"]["head"]) if "residual" in self.file.model else self.bits

    @property
    def default_bits(self) -> int:
        """The bits of a code where none are asked for."""
        return int(self.file.model["nested"]["default"]) if self.nested else self.bits

    @property
    def bit_values(self) -> tuple[float, float]:
        """What the decoder is given for a bit 0 and for a bit 1; bits that are missing in a prefix are 0."""
        return self._low, self._high

    @property
    def decoder_layers(self) -> Sequence[Layer]:
        """The decoder, from the bits' values to points or pixels."""
        return self._decoder

    @property
    def mixture(self) -> tuple[Float64, Float64] | None:
        """Weights (C,) and means (C, K) of the codes' Bernoulli mixture, where the model has one."""
        if "mixture" not in self.file.model:
            return None
        weights, means = (self.file.tensors[f"mixture/{name}"] for name in ("weights", "means"))
        return weights.astype(np.float64), means.astype(np.float64)

    @cached_property
    def entropy_table(self) -> entropy.Table | None:
        """The integer table that codes are entropy coded with, where the model has one."""
        if "entropy" not in self.file.model:
            return None
        return entropy.Table(self.file.tensors["entropy/weights"], self.file.tensors["entropy/means"])

    def logits(self, inputs: Float32) -> Float32:
        """(B, N, 3) normalised clouds, or (B, height, width) pixels from 0 to 1 -> (B, head).

        Bit i of a code is 1 where logit i is above 0.
        """
        return self._backend.run(self._encoder, inputs)

    def encode(self, inputs: Float32) -> Codes:
        """(B, N, 3) normalised clouds, or (B, height, width) pixels -> (B, head / 8) codes.

        This is the network's guess; bit i is bit i % 8, from the lowest, of byte i // 8.
        """
        return pack_bits(self.logits(inputs) > 0)

    def decode(self, codes: Codes) -> Float32:
        """(B, k / 8) codes -> (B, points, 3) normalised clouds, or (B, height, width) pixels.

        k is K, or less for the prefixes of a nested code.
        """
        bits = unpack_bits(codes)
        z = np.zeros((len(codes), self.bits), np.float32)
        z[:, : bits.shape[1]] = np.where(bits, np.float32(self._high), np.float32(self._low))
        return self._backend.run(self._decoder, z)

    def run(self, layers: Sequence[Layer], x: Float32) -> Float32:
        """A part of one of the networks, on arrays."""
        return self._backend.run(layers, x)

    def linear(self, name: str) -> tuple[Float32, Float32]:
        """Weight (outputs, inputs) and bias (outputs,) of a linear layer."""
        return widen(self.file.tensors, f"{name}/weight"), widen(self.file.tensors, f"{name}/bias")


def check(file: ModelFile) -> None:
    """Checks that a model's description is one that this pcbin can run.

    Raises:
        WeightsCorrupt: The description does not fit together.
        UnsupportedVersion: It needs a newer pcbin.
    """
    try:
        _check_networks(file.model)
        _check_tensors(file)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        if isinstance(error, UnsupportedVersion):
            raise
        raise WeightsCorrupt(
            f"model: its description does not fit together ({error}); freeze it again"
        ) from None


def _check_networks(model: dict[str, Any]) -> None:
    """Raises ValueError where what a model says of itself is out of bounds, or its layers do not fit."""
    bits = model["bits"]
    if type(bits) is not int or not 8 <= bits <= MAX_BITS or bits % 8:
        raise ValueError(f"bits = {bits!r}")
    values = model["bit_values"]
    if [float(v) for v in values] != list(values) or len(values) != 2:
        raise ValueError(f"bit_values = {values!r}")
    if max(map(abs, values)) > MAX_BIT_VALUE:
        raise ValueError(f"bit_values = {values!r}")
    if "nested" in model:
        shortest, default = (_size(model["nested"], key) for key in ("shortest", "default"))
        if shortest % 8 or default % 8 or not 8 <= shortest <= default <= bits:
            raise ValueError(f"nested = {model['nested']!r}")
    kinds = {UNIT_DIAGONAL: {"image"}, PIXELS: {"points", "encoder_points", "residual"}}
    strange = kinds.get(model["normalisation"], set()) & set(model)
    if strange:
        raise ValueError(f"{sorted(strange)[0]} in a model of {model['normalisation']!r}")
    if model["normalisation"] == UNIT_DIAGONAL:
        points = _size(model, "points")
        _size(model, "encoder_points")
        head = _check_residual(model) if "residual" in model else bits
        _check_layers(model["encoder"], (None, 3), (head,))
        _check_layers(model["decoder"], (bits,), (points, 3))
    elif model["normalisation"] == PIXELS:
        height, width = shape = tuple(model["image"])
        if not all(type(n) is int and n > 0 for n in shape) or height * width > MAX_PIXELS:
            raise ValueError(f"image = {model['image']!r}")
        _check_layers(model["encoder"], shape, (bits,))
        _check_layers(model["decoder"], (bits,), shape)
    else:
        raise UnsupportedVersion(f"model: normalisation {model['normalisation']!r} is unknown; upgrade pcbin")


def _check_residual(model: dict[str, Any]) -> int:
    """The bits of a code that the encoder gives, where the others stand for coefficients of a basis."""
    head = _size(model["residual"], "head")
    total, (summed, last) = model["bits"], model["decoder"]
    if "nested" not in model or head % 8 or not model["nested"]["shortest"] <= head < total:
        raise ValueError(f"residual = {model['residual']!r}")
    if model["bit_values"] != [-1, 1]:  # a missing bit, 0, adds nothing to a coefficient
        raise ValueError(f"bit_values = {model['bit_values']!r} of a residual model")
    network, residual = summed["branches"]
    forms = [layer["op"] for layer in (summed, last, *network[:2], network[-1], *residual)]
    if forms != ["sum", "points", "take", "linear", "linear", "take", "linear", "linear"] or len(network) < 3:
        raise ValueError(f"a residual decoder of {forms}")
    ends = [(layer["start"], layer["stop"]) for layer in (network[0], residual[0])]
    if ends != [(0, head), (head, total)]:
        raise ValueError(f"a residual decoder that takes {ends}")
    _size(residual[1], "outputs")
    return head


def _check_tensors(file: ModelFile) -> None:
    """Raises ValueError unless the tensors are those of the layers, the mixture and the entropy table."""
    model = file.model
    named = [*shapes(model["encoder"]), *shapes(model["decoder"])]
    wanted = dict(named)
    if len(wanted) != len(named):
        raise ValueError("two layers of one name")
    for part in ("mixture", "entropy"):
        if part in model:
            components = model[part]["components"]
            if type(components) is not int or not 1 <= components <= MAX_COMPONENTS:
                raise ValueError(f"{components!r} components")
            wanted |= {f"{part}/weights": (components,), f"{part}/means": (components, model["bits"])}
    numbers = dict(file.tensors)
    if "entropy" in model:
        weights, means = numbers.pop("entropy/weights"), numbers.pop("entropy/means")
        if weights.dtype != np.uint32 or means.dtype != np.uint16:
            raise ValueError(f"an entropy table of {weights.dtype} and {means.dtype}")
        if (weights.shape, means.shape) != (wanted.pop("entropy/weights"), wanted.pop("entropy/means")):
            raise ValueError("its tensors are not those of its entropy table")
        entropy.check_table(weights, means)
    check_weights(numbers, wanted)
    if "mixture" in model:
        check_mixture(numbers["mixture/weights"], numbers["mixture/means"])


def _size(model: dict[str, Any], key: str) -> int:
    value = model[key]
    if type(value) is not int or not 1 <= value <= MAX_OUTPUT_POINTS:
        raise ValueError(f"{key} = {value!r}")
    return value


Shape = tuple[int | None, ...]
"""Sizes of what one cloud or image is inside a network; None for any number of points."""


def _check_layers(  # noqa: PLR0912 - one branch a layer of the table in pcbin.models.layers
    layers: list[Layer], start: Shape, end: Shape | None, *, depth: int = 0
) -> Shape:
    """Follows the shape of the data through a network; what comes out.

    Args:
        layers: The network.
        start: The shape that goes in.
        end: What must come out, if that is known.
        depth: Of residuals and sums.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"residuals or sums nested more than {MAX_DEPTH} deep")
    shape = start
    for layer in layers:
        op = layer["op"]
        keys = ("inputs", "outputs", "size", "count", "height", "width", "start", "stop")
        if any(type(layer[key]) is not int or layer[key] < 0 for key in keys if key in layer):
            raise ValueError(f"a width of layer {op!r} is not a whole number")
        size = shape[-1]
        if op == "linear":
            if layer["inputs"] != size:
                raise ValueError(f"layer {layer['name']} takes {layer['inputs']} inputs, gets {size}")
            shape = (*shape[:-1], layer["outputs"])
        elif op == "layer_norm":
            if layer["size"] != size:
                raise ValueError(f"layer {layer['name']} takes {layer['size']} inputs, gets {size}")
        elif op == "max":
            if shape[0] is not None or len(shape) != 2:
                raise ValueError("a maximum over what are no points")
            shape = shape[1:]
        elif op == "residual":
            _check_layers(layer["layers"], shape, shape, depth=depth + 1)
        elif op == "sum":
            shape = _check_branches(layer["branches"], shape, depth + 1)
        elif op == "take":
            if size is None or not 0 <= layer["start"] < layer["stop"] <= size:
                raise ValueError(f"numbers {layer['start']} to {layer['stop']} of {size}")
            shape = (*shape[:-1], layer["stop"] - layer["start"])
        elif op in ("points", "image"):
            made = (layer["count"], 3) if op == "points" else (layer["height"], layer["width"])
            if shape != (made[0] * made[1],):
                raise ValueError(f"{shape} numbers are not {made[0]} x {made[1]}")
            shape = made
        elif op == "pixels":
            if shape != (layer["height"], layer["width"]):
                raise ValueError(f"{shape} is no image of {layer['height']} x {layer['width']}")
            shape = (layer["height"] * layer["width"],)
        elif type(op) is not str:
            raise ValueError(f"a layer {op!r}")
        elif op not in ("relu", "sigmoid"):
            raise UnsupportedVersion(f"model: unknown layer {op!r}; upgrade pcbin")
    if end is not None and shape != end:
        raise ValueError(f"a network of {end} outputs ends with {shape}")
    return shape


def _check_branches(branches: list[list[Layer]], start: Shape, depth: int) -> Shape:
    """The shape that all branches of a sum end with."""
    if not branches:
        raise ValueError("a sum of nothing")
    ends = {_check_layers(branch, start, None, depth=depth) for branch in branches}
    if len(ends) != 1:
        raise ValueError(f"a sum of {sorted(map(str, ends))}")
    return ends.pop()
