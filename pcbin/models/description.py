"""What a model's file says of its function, read and checked once (spec: formats/model-v1.md, section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pcbin.errors import InputError, UnsupportedVersion, WeightsCorrupt
from pcbin.models.cells.description import CellDescription
from pcbin.models.layers import (
    Layers,
    Linear,
    Points,
    Shape,
    Sum,
    Take,
    check_budget,
    documents,
    output_shape,
    parse,
    tensor_shapes,
    widest,
)

UNIT_DIAGONAL = "unit-diagonal"
PIXELS = "pixels"
CELLS = "cells"
MAX_PIXELS = 1 << 20
MAX_COMPONENTS = 1 << 12
MAX_TABLE = 1 << 20
MAX_BITS = 4096
MAX_POINTS = 1 << 20
MAX_BIT_VALUE = 1e6


@contextmanager
def refusing() -> Iterator[None]:
    """Turns what goes wrong with a document that does not fit together into WeightsCorrupt."""
    try:
        yield
    except UnsupportedVersion:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise WeightsCorrupt(
            f"model: its description does not fit together ({error}); freeze it again"
        ) from None


@dataclass(frozen=True)
class CodeLengths:
    """The lengths of a model's codes, in bits: every multiple of 8 from the shortest to the longest.

    Raises InputError for lengths that no model can have.
    """

    shortest: int
    default: int
    """Where nobody asks for another."""
    longest: int

    def __post_init__(self) -> None:
        for what, bits in (("bits", self.longest), ("shortest", self.shortest), ("default", self.default)):
            if type(bits) is not int or bits % 8 or not 8 <= bits <= MAX_BITS:
                raise InputError(f"{what} = {bits!r}; use a multiple of 8 from 8 to {MAX_BITS}")
        if not self.shortest <= self.default <= self.longest:
            raise InputError(f"codes of {self} with a default of {self.default}; use one between the two")

    @property
    def nested(self) -> bool:
        """Whether there is more than one: the prefixes of a code are codes then."""
        return self.shortest < self.longest

    def __contains__(self, bits: object) -> bool:
        return bits in range(self.shortest, self.longest + 1, 8)

    def __str__(self) -> str:
        return f"{self.shortest} to {self.longest} bits" if self.nested else f"{self.longest} bits"


@dataclass(frozen=True)
class ModelDescription:
    """What decides a model's function, but for its weights: a model of clouds, of images, or of cell codes.

    Raises InputError where a number is out of bounds, ValueError where the networks do not fit.
    """

    lengths: CodeLengths
    head: int
    """The bits of a code that the encoder gives; any others are its tail, which stands for coefficients of a
    basis of displacements."""
    bit_values: tuple[float, float]
    """What the decoder is given for a bit 0 and for a bit 1; bits that are missing in a prefix are 0."""
    encoder: Layers
    decoder: Layers
    points: int = 0
    """How many points come out of the decoder; 0 for images."""
    encoder_points: int = 0
    """The most points that the encoder is given; 0 for images."""
    image: tuple[int, int] | None = None
    """Height and width; None for clouds."""
    mixture_components: int = 0
    """Of the codes' Bernoulli mixture; 0 where there is none."""
    entropy_components: int = 0
    """Of the table for entropy coding; 0 where there is none."""
    cells: CellDescription | None = None
    """The networks of a model of cell codes, which has neither an encoder nor a decoder."""

    def __post_init__(self) -> None:
        if self.cells is not None:
            _need("points", self.points, MAX_POINTS)
            _need("encoder_points", self.encoder_points, MAX_POINTS)
            return
        if not max(map(abs, self.bit_values)) <= MAX_BIT_VALUE:
            raise InputError(f"bit_values = {self.bit_values}; use numbers of at most {MAX_BIT_VALUE:g}")
        if self.image is None:
            _need("points", self.points, MAX_POINTS)
            _need("encoder_points", self.encoder_points, MAX_POINTS)
            ends: tuple[Shape, Shape] = (None, 3), (self.points, 3)
        else:
            height, width = self.image
            _need("height", height, MAX_PIXELS)
            _need("width", width, MAX_PIXELS // height)
            ends = self.image, self.image
        _check_network(self.encoder, ends[0], (self.head,), self.encoder_points)
        _check_network(self.decoder, (self.bits,), ends[1])
        if self.head != self.bits:
            self._check_tail()
        for what in ("mixture", "entropy"):
            if getattr(self, f"{what}_components") * self.bits > MAX_TABLE:
                raise ValueError(f"{what}: more than {MAX_TABLE:,} chances")

    def _check_tail(self) -> None:
        if self.bit_values != (-1.0, 1.0):  # a missing bit, 0, adds nothing to a coefficient
            raise ValueError(f"bit_values = {self.bit_values} of a model with a tail")
        if self.head not in self.lengths:
            raise ValueError(f"a head of {self.head} bits of codes of {self.lengths}")
        match self.decoder:
            case (Sum(((first, Linear(), *_, Linear()), (second, Linear() as levels, Linear()))), Points()):
                taken = (Take(0, self.head), Take(self.head, self.bits))
                fits = (first, second) == taken and levels.outputs > 0
            case _:
                fits = False
        if not fits:
            raise ValueError("a decoder of another form than that of a model with a tail")

    @property
    def bits(self) -> int:
        """K, the bits of the longest codes."""
        return self.lengths.longest

    @cached_property
    def widest(self) -> int:
        """The most numbers between two layers of the decoder, for one code."""
        return widest(self.decoder, (self.bits,))

    @property
    def head_and_tail(self) -> tuple[Layers, tuple[Linear, ...]]:
        """The layers that a code's head runs through, up to the numbers that the decoder's last layer gives
        their shape, and those of its tail: levels and basis, both linear (none where codes have no tail)."""
        if self.head != self.bits:
            match self.decoder:
                case (Sum(((_, *network), (_, Linear() as levels, Linear() as basis))), _):
                    return tuple(network), (levels, basis)
        return self.decoder[:-1], ()

    def tensor_shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The name and shape of every tensor of the networks, in order."""
        if self.cells is not None:
            return iter(self.cells.tensor_shapes().items())
        return tensor_shapes((*self.encoder, *self.decoder))

    @classmethod
    @refusing()
    def parse(cls, document: Mapping[str, Any]) -> ModelDescription:
        """The description in a model document.

        Raises WeightsCorrupt where it breaks a rule of the format, UnsupportedVersion for what only a later
        pcbin knows.
        """
        if document["normalisation"] == CELLS:
            return cls._parse_cells(document)
        kind, bits, (low, high) = document["normalisation"], document["bits"], document["bit_values"]
        foreign = {UNIT_DIAGONAL: {"image"}, PIXELS: {"points", "encoder_points", "residual"}}
        if kind not in foreign:
            raise UnsupportedVersion(f"model: normalisation {kind!r} is unknown; upgrade pcbin")
        if wrong := foreign[kind] & set(document):
            raise ValueError(f"{sorted(wrong)[0]} in a model of {kind!r}")
        if isinstance(low, str) or isinstance(high, str):
            raise ValueError(f"bit_values = {[low, high]}")
        nested = document.get("nested", {"shortest": bits, "default": bits})
        lengths = CodeLengths(nested["shortest"], nested["default"], bits)
        head = document["residual"]["head"] if "residual" in document else None
        if head is not None and (type(head) is not int or head == bits):
            raise ValueError(f"a head of {head!r} bits")
        height, width = document["image"] if kind == PIXELS else (0, 0)
        return cls(
            lengths=lengths,
            head=bits if head is None else head,
            bit_values=(float(low), float(high)),
            encoder=parse(document["encoder"]),
            decoder=parse(document["decoder"]),
            points=document["points"] if kind == UNIT_DIAGONAL else 0,
            encoder_points=document["encoder_points"] if kind == UNIT_DIAGONAL else 0,
            image=(height, width) if kind == PIXELS else None,
            mixture_components=_components(document, "mixture"),
            entropy_components=_components(document, "entropy"),
        )

    @classmethod
    def _parse_cells(cls, document: Mapping[str, Any]) -> ModelDescription:
        foreign = {"image", "encoder", "decoder", "bit_values", "residual", "mixture", "entropy"}
        if wrong := foreign & set(document):
            raise ValueError(f"{sorted(wrong)[0]} in a model of {CELLS!r}")
        nested, bits = document["nested"], document["bits"]
        return cls.of_cells(
            CodeLengths(nested["shortest"], nested["default"], bits),
            CellDescription.parse(document["cells"]),
            points=document["points"],
            encoder_points=document["encoder_points"],
        )

    @classmethod
    def of_cells(
        cls, lengths: CodeLengths, cells: CellDescription, *, points: int, encoder_points: int
    ) -> ModelDescription:
        """The description of a model of cell codes."""
        return cls(lengths, 0, (0.0, 1.0), (), (), points, encoder_points, cells=cells)

    def document(self) -> dict[str, Any]:
        """The model document of this description."""
        if self.cells is not None:
            return {
                "normalisation": CELLS,
                "bits": self.bits,
                "nested": {"shortest": self.lengths.shortest, "default": self.lengths.default},
                "points": self.points,
                "encoder_points": self.encoder_points,
                "cells": self.cells.document(),
            }
        document: dict[str, Any] = {
            "bits": self.bits,
            "bit_values": list(self.bit_values),
            "encoder": documents(self.encoder),
            "decoder": documents(self.decoder),
        }
        if self.image is None:
            document |= {
                "normalisation": UNIT_DIAGONAL,
                "points": self.points,
                "encoder_points": self.encoder_points,
            }
        else:
            document |= {"normalisation": PIXELS, "image": list(self.image)}
        if self.lengths.nested:
            document["nested"] = {"shortest": self.lengths.shortest, "default": self.lengths.default}
        if self.head != self.bits:
            document["residual"] = {"head": self.head}
        if self.mixture_components:
            document["mixture"] = {"components": self.mixture_components}
        if self.entropy_components:
            document["entropy"] = {"components": self.entropy_components}
        return document


def _need(what: str, number: int, most: int) -> None:
    if type(number) is not int or not 1 <= number <= most:
        raise InputError(f"{what} = {number!r}; use a whole number from 1 to {most:,}")


def _check_network(layers: Layers, start: Shape, end: Shape, rows: int = 0) -> None:
    """Raises ValueError unless a network makes `end` of `start`, within the budget for `rows` points."""
    check_budget(layers, start, rows)
    found = output_shape(layers, start)
    if found != end:
        raise ValueError(f"a network of {end} outputs ends with {found}")


def _components(document: Mapping[str, Any], part: str) -> int:
    if part not in document:
        return 0
    components = document[part]["components"]
    if type(components) is not int or not 1 <= components <= MAX_COMPONENTS:
        raise ValueError(f"{components!r} components")
    return components
