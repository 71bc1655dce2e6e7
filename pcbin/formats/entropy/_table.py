"""The table: a mixture of Bernoulli distributions over codes, in integers (spec, section 8.1)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Codes, Float64, pack_bits, unpack_bits
from pcbin.errors import FormatError, InputError
from pcbin.formats.entropy import _lanes, _single
from pcbin.formats.entropy._mixture import ONE, WEIGHT_SUM, Bits, Integers, Predictor, all_probabilities

MAX_COMPONENTS = 4096
MAX_BITS = 4096
BATCH_SIZE = 4096
"""Codes whose cost is computed at once: bounds the memory."""


class Table:
    """Probabilities of the bits of codes: what entropy coding with a model needs of it.

    weights: (C,) integers above 0 that sum to 2^24. means: (C, K) integers from 1 to 65535, probabilities
    of a 1 in units of 2^-16. A code may be shorter than K bits: it then uses the first columns.

    Raises InputError for numbers that are not such a table.
    """

    def __init__(self, weights: npt.ArrayLike, means: npt.ArrayLike) -> None:
        self.weights: npt.NDArray[np.uint32]
        self.means: npt.NDArray[np.uint16]
        given, probabilities = np.asarray(weights), np.asarray(means)
        try:
            check_table(given, probabilities)
        except ValueError as error:
            raise InputError(f"entropy table: {error}; take that of a model, or fit one") from None
        self.weights, self.means = given.astype("<u4"), probabilities.astype("<u2")
        self._wide: Integers = given.astype(np.uint64)
        self._columns: Integers = np.ascontiguousarray(probabilities.T.astype(np.uint64))

    def __repr__(self) -> str:
        return f"<pcbin.formats.entropy.Table of {len(self.weights)} components, {self.bits} bits>"

    @property
    def bits(self) -> int:
        """K, the bits of the longest code."""
        return int(self.means.shape[1])

    def encode(self, code: bytes) -> bytes:
        """One code of whole bytes -> the fewest bytes that stand for it: about its cost, at most a byte more.

        The length of the code is not in them. Raises InputError for a code longer than the table.
        """
        bits = self._bits(np.frombuffer(code, np.uint8)[None])
        probabilities = all_probabilities(self._wide, self._columns, bits)
        return _single.encode(bits[0].tolist(), probabilities[:, 0].tolist())

    def decode(self, data: bytes, bits: int, *, where: str = "code") -> bytes:
        """The code of `bits` bits that `encode` gave these bytes for.

        where: begins the messages of errors. Raises FormatError for bytes that `encode` never gives.
        """
        self._fits(bits, where)
        predictor = Predictor(self._wide, self._columns, 1)
        found, probabilities = _single.decode(
            data,
            bits,
            lambda bit: int(predictor.probabilities(bit)[0]),
            lambda one: predictor.update(np.array([one])),
        )
        if _single.encode(found, probabilities) != data:  # so that one code has one form
            raise FormatError(f"{where}: {len(data)} bytes that are not the entropy coding of any code")
        return pack_bits(found).tobytes()

    def encode_many(self, codes: Codes) -> bytes:
        """(n, B) codes -> bytes: the better the more codes there are. Raises InputError."""
        codes = self._checked(codes)
        return _lanes.encode(self._wide, self._columns, codes) if len(codes) else b""

    def decode_many(
        self, data: bytes | memoryview, count: int, code_bytes: int, *, where: str = "codes"
    ) -> Codes:
        """The (count, code_bytes) codes that `encode_many` gave these bytes for.

        where: begins the messages of errors. Raises FormatError for bytes that `encode_many` never gives.
        """
        self._fits(8 * code_bytes, where)
        if not count:
            if len(data):
                raise FormatError(f"{where}: {len(data):,} bytes for no codes")
            return np.empty((0, code_bytes), np.uint8)
        return _lanes.decode(self._wide, self._columns, data, (count, code_bytes), where=where)

    def cost(self, codes: Codes) -> Float64:
        """(n, B) codes -> (n,): the bits that each costs at best. For reports: nothing is coded with it."""
        codes = self._checked(codes)
        found: Float64 = np.empty(len(codes))
        for start in range(0, len(codes), BATCH_SIZE):
            bits = self._bits(codes[start : start + BATCH_SIZE])
            probabilities = all_probabilities(self._wide, self._columns, bits)
            sizes = np.where(bits.T, probabilities, ONE - probabilities)
            found[start : start + len(bits)] = (16 - np.log2(sizes.astype(np.float64))).sum(axis=0)
        return found

    def _bits(self, codes: Codes) -> Bits:
        return unpack_bits(self._checked(codes)).astype(bool)

    def _checked(self, codes: Codes) -> Codes:
        if not isinstance(codes, np.ndarray) or codes.dtype != np.uint8 or codes.ndim != 2:
            raise InputError("codes: not an (n, B) array of uint8; pass packed bits, one row a cloud")
        if not 8 <= 8 * codes.shape[1] <= self.bits:
            raise InputError(
                f"codes: {8 * codes.shape[1]} bits, the entropy table has {self.bits}; "
                "use the table of the model that made the codes"
            )
        return codes

    def _fits(self, bits: int, where: str) -> None:
        if not 8 <= bits <= self.bits or bits % 8:
            raise FormatError(f"{where}: a code of {bits} bits, the model's entropy table has {self.bits}")


def check_table(weights: npt.NDArray[np.generic], means: npt.NDArray[np.generic]) -> None:
    """Raises ValueError unless they are a table: see `Table`."""
    shapes = f"weights {weights.shape} and means {means.shape}"
    if weights.dtype.kind not in "ui" or means.dtype.kind not in "ui":
        raise ValueError(f"{weights.dtype} weights and {means.dtype} means: not integers")
    if weights.ndim != 1 or means.ndim != 2 or len(weights) != len(means):
        raise ValueError(f"{shapes}: not (C,) and (C, K)")
    if not 1 <= len(weights) <= MAX_COMPONENTS:
        raise ValueError(f"{len(weights)} components, not 1 to {MAX_COMPONENTS:,}")
    if not 8 <= means.shape[1] <= MAX_BITS or means.shape[1] % 8:
        raise ValueError(f"{means.shape[1]} bits, not a multiple of 8 from 8 to {MAX_BITS:,}")
    listed = [int(weight) for weight in weights]
    if min(listed) < 1 or sum(listed) != WEIGHT_SUM:
        raise ValueError(f"weights that are not above 0 with a sum of {WEIGHT_SUM:,}")
    if int(means.min()) < 1 or int(means.max()) >= ONE:
        raise ValueError(f"a mean that is not from 1 to {ONE - 1:,}")
