"""A frozen model at work: arrays of points to codes and back, in NumPy on the CPU or torch on CUDA."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float32, Float64, pack_bits, unpack_bits
from pcbin.errors import WeightsCorrupt, missing
from pcbin.formats import entropy
from pcbin.formats.model_file import ModelFile, canonical, identity
from pcbin.models.description import CodeLengths, ModelDescription, refusing
from pcbin.models.info import check_info
from pcbin.models.layers import MAX_NUMBERS, Layers, forward, split_at_max
from pcbin.models.ops import NumpyOps
from pcbin.models.weights import Widened, check_weights

if TYPE_CHECKING:
    from pcbin.models.cells.networks import CellNetworks


class Backend(Protocol):
    """Runs layers on NumPy arrays, wherever it computes."""

    def run(self, layers: Layers, x: Float32) -> Float32:
        """What comes out of the layers."""
        ...


class NumpyBackend:
    """float32 on the CPU."""

    def __init__(self, tensors: Mapping[str, Float32]) -> None:
        self._tensors = tensors
        self._ops = NumpyOps()

    def run(self, layers: Layers, x: Float32) -> Float32:
        """What comes out of the layers."""
        of_points, layers = split_at_max(layers)
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # whoever uses the result asks whether it is finite
            if of_points:  # one cloud at a time: what is computed per point stays in the cache
                x = np.stack([forward(of_points, self._tensors, cloud, self._ops) for cloud in x])
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
        self.description = check(file)
        try:
            check_info(file.info)
            self._info = file.info
        except WeightsCorrupt:  # it decides nothing of what is coded
            self._info = {}
        self.file = file
        self.device = device
        self.weights = Widened(file.tensors)
        self._backend = (
            NumpyBackend(self.weights)
            if device == "cpu" or self.description.cells is not None  # cell codes have a way of their own
            else _torch_backend(device, file.tensors)
        )

    @classmethod
    def from_parts(
        cls,
        description: ModelDescription | Mapping[str, Any],
        info: Mapping[str, Any],
        tensors: Mapping[str, npt.NDArray[Any]],
        *,
        device: str = "cpu",
    ) -> Model:
        """The model that a file of these parts would hold.

        Args:
            description: Typed, or as the model document of a file.
            info: The info document.
            tensors: The weights as a file has them.
            device: As for `Model`.
        """
        document = description.document() if isinstance(description, ModelDescription) else dict(description)
        sha256 = identity(canonical(document), tensors)
        return cls(ModelFile(document, dict(info), dict(tensors), sha256), device=device)

    def __repr__(self) -> str:
        made = f"points={self.points}" if self.image is None else "image={}x{}".format(*self.image)
        sizes = f"bits={self.bits} {made}"
        return f"<pcbin.Model {self.name} {self.id.hex()} {sizes} device={self.device}>"

    @property
    def name(self) -> str:
        """What the model is called; .pcb files name it by its `id`."""
        name = self.info.get("name")
        return name if isinstance(name, str) else "unnamed"

    @property
    def id(self) -> bytes:
        """The 8 bytes that .pcb files name this model by."""
        return self.file.id

    @property
    def info(self) -> dict[str, Any]:
        """What people want to know: recipe, training set, measured results, licence."""
        return self._info

    @property
    def bits(self) -> int:
        """K, the bits of a code."""
        return self.description.bits

    @property
    def lengths(self) -> CodeLengths:
        """The lengths that codes have."""
        return self.description.lengths

    @property
    def nested(self) -> bool:
        """Whether the prefixes of a code are codes: each multiple of 8 bits from `shortest` to `bits`."""
        return self.lengths.nested

    @property
    def shortest(self) -> int:
        """The fewest bits of a code."""
        return self.lengths.shortest

    @property
    def default_bits(self) -> int:
        """The bits of a code where none are asked for."""
        return self.lengths.default

    @property
    def head(self) -> int:
        """The bits of a code that the encoder gives.

        Where these are fewer than `bits`, the others stand for coefficients of a basis of displacements
        (`pcbin.coding.encoding`).
        """
        return self.description.head

    @property
    def image(self) -> tuple[int, int] | None:
        """Height and width of what an image model codes; None for models of clouds."""
        return self.description.image

    @property
    def points(self) -> int:
        """How many points come out of the decoder; 0 for a model of images."""
        return self.description.points

    @property
    def encoder_points(self) -> int:
        """The most points that the encoder is given; larger clouds are thinned to it. 0 for images."""
        return self.description.encoder_points

    @property
    def batch_size(self) -> int:
        """How many objects are decoded at once: fewer of those that take much memory."""
        return max(1, MAX_NUMBERS // self.description.widest)

    @property
    def bit_values(self) -> tuple[float, float]:
        """What the decoder is given for a bit 0 and for a bit 1; bits that are missing in a prefix are 0."""
        return self.description.bit_values

    @cached_property
    def cells(self) -> CellNetworks | None:
        """The networks of a model of cell codes; None for those with an encoder and a decoder."""
        if self.description.cells is None:
            return None
        from pcbin.models.cells.networks import CellNetworks

        return CellNetworks(self.file.tensors, self.weights)

    @property
    def mixture(self) -> tuple[Float64, Float64] | None:
        """Weights (C,) and means (C, K) of the codes' Bernoulli mixture, where the model has one."""
        if not self.description.mixture_components:
            return None
        weights, means = (self.file.tensors[f"mixture/{name}"] for name in ("weights", "means"))
        return weights.astype(np.float64), means.astype(np.float64)

    @cached_property
    def entropy_table(self) -> entropy.Table | None:
        """The integer table that codes are entropy coded with, where the model has one."""
        if not self.description.entropy_components:
            return None
        return entropy.Table(self.file.tensors["entropy/weights"], self.file.tensors["entropy/means"])

    def logits(self, inputs: Float32) -> Float32:
        """(B, N, 3) normalised clouds, or (B, height, width) pixels from 0 to 1 -> (B, head).

        Bit i of a code is 1 where logit i is above 0.
        """
        return self._finite(self._backend.run(self.description.encoder, inputs))

    def encode(self, inputs: Float32) -> Codes:
        """(B, N, 3) normalised clouds, or (B, height, width) pixels -> (B, head / 8) codes.

        This is the network's guess; bit i is bit i % 8, from the lowest, of byte i // 8.
        """
        return pack_bits(self.logits(inputs) > 0)

    def decode(self, codes: Codes) -> Float32:
        """(B, k / 8) codes -> (B, points, 3) normalised clouds, or (B, height, width) pixels.

        k is K, or less for the prefixes of a nested code, and for a cell code.

        Raises:
            FormatError: Bytes that are no cell code, of a model of those.
        """
        if self.cells is not None:
            return self.cells.decode(codes, self.points)
        if len(codes) > self.batch_size:
            starts = range(0, len(codes), self.batch_size)
            return np.concatenate([self.decode(codes[start : start + self.batch_size]) for start in starts])
        bits = unpack_bits(codes)
        z = np.zeros((len(codes), self.bits), np.float32)
        low, high = self.bit_values
        z[:, : bits.shape[1]] = np.where(bits, np.float32(high), np.float32(low))
        return self._finite(self._backend.run(self.description.decoder, z))

    def _finite(self, result: Float32) -> Float32:
        """Raises WeightsCorrupt for numbers beyond single precision: no weights alone can rule them out."""
        if not np.isfinite(result).all():
            raise WeightsCorrupt(f"model {self.name}: gives numbers that are not finite; train another")
        return result

    def run(self, layers: Layers, x: Float32) -> Float32:
        """A part of one of the networks, on arrays."""
        return self._backend.run(layers, x)


def check(file: ModelFile) -> ModelDescription:
    """The description of a model, once it is checked that this pcbin can run it.

    Raises:
        WeightsCorrupt: The description, or the tensors with it, do not fit together.
        UnsupportedVersion: It needs a newer pcbin.
    """
    description = ModelDescription.parse(file.model)
    if description.cells is not None:
        with refusing():
            description.cells.check(file.tensors)
        return description
    _check_tensors(description, dict(file.tensors))
    return description


@refusing()
def _check_tensors(description: ModelDescription, tensors: dict[str, npt.NDArray[Any]]) -> None:
    """Raises ValueError unless the tensors are those of the layers, the mixture and the entropy table."""
    named = list(description.tensor_shapes())
    wanted = dict(named)
    if len(wanted) != len(named):
        raise ValueError("two layers of one name")
    if components := description.entropy_components:
        weights, means = tensors.pop("entropy/weights"), tensors.pop("entropy/means")
        if weights.dtype != np.uint32 or means.dtype != np.uint16:
            raise ValueError(f"an entropy table of {weights.dtype} and {means.dtype}")
        if (weights.shape, means.shape) != ((components,), (components, description.bits)):
            raise ValueError("its tensors are not those of its entropy table")
        entropy.check_table(weights, means)
    if components := description.mixture_components:
        wanted |= {"mixture/weights": (components,), "mixture/means": (components, description.bits)}
    check_weights(tensors, wanted)
    if components:
        from pcbin.formats.mixture_file import check_mixture

        check_mixture(tensors["mixture/weights"], tensors["mixture/means"])
