"""A Bernoulli mixture in a file of its own: all that a consumer needs to cluster the codes of a vendor.

The normative description is formats/mixture-v1.md in the repository.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float64
from pcbin.errors import UnsupportedVersion, WeightsCorrupt

MAGIC = b"PCBM"
VERSION = 1
HEAD = struct.Struct("<4sBBHI8s")
"""Magic, version, a zero, components, bits, model."""
MAX_COMPONENTS, MAX_BITS = 1 << 12, 4096


class MixtureFile(NamedTuple):
    """A mixture of C components over codes of K bits."""

    model_id: bytes
    """The 8 bytes that .pcb files name the model by whose codes these are."""
    weights: Float64
    """(C,)"""
    means: Float64
    """(C, K): the probability that a bit is 1."""


def dump_mixture(mixture: MixtureFile) -> bytes:
    """The bytes of a mixture file; the same mixture gives the same bytes."""
    components, bits = mixture.means.shape
    head = HEAD.pack(MAGIC, VERSION, 0, components, bits, mixture.model_id)
    numbers = np.concatenate([mixture.weights, mixture.means.ravel()]).astype("<f4").tobytes()
    return head + numbers + struct.pack("<I", crc32(head + numbers))


def load_mixture(data: bytes, *, where: str = "mixture") -> MixtureFile:
    """Raises UnsupportedVersion: a newer format. WeightsCorrupt: anything else that is not a mixture file."""
    remedy = "get the file again, or make it again with `pcbin models mixture`"
    if len(data) < HEAD.size + 4 or data[:4] != MAGIC:
        raise WeightsCorrupt(f"{where}: not a mixture file; {remedy}")
    _, version, zero, components, bits, model_id = HEAD.unpack_from(data)
    if version != VERSION:
        raise UnsupportedVersion(
            f"{where}: mixture format {version}, this pcbin reads {VERSION}; upgrade pcbin"
        )
    good = 1 <= components <= MAX_COMPONENTS and 8 <= bits <= MAX_BITS and bits % 8 == 0 and zero == 0
    size = HEAD.size + 4 * components * (bits + 1)
    if not good or len(data) != size + 4 or data[size:] != struct.pack("<I", crc32(data[:size])):
        raise WeightsCorrupt(f"{where}: a damaged mixture file; {remedy}")
    numbers = np.frombuffer(data[HEAD.size : -4], "<f4").astype(np.float64)
    weights, means = numbers[:components], numbers[components:].reshape(components, bits)
    try:
        check_mixture(weights, means)
    except ValueError as error:
        raise WeightsCorrupt(f"{where}: {error}; {remedy}") from None
    return MixtureFile(model_id, weights, means)


def check_mixture(weights: npt.NDArray[Any], means: npt.NDArray[Any]) -> None:
    """Raises ValueError unless weights are positive and sum to 1, and probabilities lie inside (0, 1)."""
    if not (weights > 0).all() or abs(float(weights.sum(dtype=np.float64)) - 1) > 1e-3:
        raise ValueError("the mixture's weights are not positive numbers that sum to 1")
    if not ((means > 0) & (means < 1)).all():
        raise ValueError("a probability in the mixture is not between 0 and 1")
