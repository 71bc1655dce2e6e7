"""Runs every scheme at every setting over the same clouds, in one process, one cloud at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pcbin.arrays import Float32
from pcbin.metrics import Distortion, distortion

from .progress import Progress, clock
from .scheme import Code, Kind, Scheme


@dataclass(frozen=True)
class Row:
    """One scheme at one setting; the mean over the clouds where nothing else is said."""

    scheme: str
    kind: Kind
    setting: str
    payload_bits: float
    container_bits: float
    """Every byte on disk that a decoder needs for one cloud, the tables aside."""
    bits_per_point: float
    """Container bits over the points of the original."""
    ratio: float
    """The clouds as 32-bit floats over their containers."""
    payload_ratio: float
    """The clouds as 32-bit floats over their payloads."""
    chamfer_e3: float
    chamfer_e3_median: float
    chamfer_e3_max: float
    d1_psnr_db: float
    encode_ms: float
    """Median."""
    decode_ms: float
    """Median."""
    table_bytes: int
    """What a decoder must have once, whatever the number of clouds."""
    clouds: int


@dataclass(frozen=True)
class _Trial:
    code: Code
    found: Distortion
    encode_s: float
    decode_s: float


def run(schemes: Sequence[Scheme], clouds: Sequence[Float32], progress: Progress) -> list[Row]:
    """Settings in the order of the schemes. Says how long the rest will take after each."""
    pairs = [(scheme, setting) for scheme in schemes for setting in scheme.settings]
    # one cloud that counts for nothing: it wakes caches up, and tells what each setting will take
    expected = []
    for scheme, setting in pairs:
        began = time.perf_counter()
        _try(scheme, setting, clouds[0])
        expected.append((time.perf_counter() - began) * len(clouds))
    progress.say(f"{len(pairs)} settings, {len(clouds)} clouds, ETA {clock(sum(expected))}")
    rows, spent = [], 0.0
    for number, (scheme, setting) in enumerate(pairs):
        began = time.perf_counter()
        what = f"{scheme.name}, {scheme.label(setting)}"
        trials = [_try(scheme, setting, cloud) for cloud in progress.each(what, clouds)]
        row = _row(scheme, setting, trials, clouds)
        rows.append(row)
        spent += time.perf_counter() - began
        left = sum(expected[number + 1 :]) * spent / sum(expected[: number + 1])
        progress.say(
            f"{number + 1} of {len(pairs)}: {what}: {row.payload_bits:.0f} bits, "
            f"Chamfer {row.chamfer_e3:.3f}e-3, {row.encode_ms:.1f} ms; ETA {clock(left)}"
        )
    return rows


def _try(scheme: Scheme, setting: Any, cloud: Float32) -> _Trial:
    began = time.perf_counter()
    code = scheme.encode(cloud, setting)
    encoded = time.perf_counter()
    decoded = scheme.decode(code.data, setting)
    ended = time.perf_counter()
    return _Trial(code, distortion(cloud, decoded), encoded - began, ended - encoded)


def _row(scheme: Scheme, setting: Any, trials: Sequence[_Trial], clouds: Sequence[Float32]) -> Row:
    chamfer = 1e3 * np.array([trial.found.chamfer for trial in trials])
    payload = float(np.mean([trial.code.bits for trial in trials]))
    container = float(np.mean([8 * len(trial.code.data) for trial in trials]))
    points = float(np.mean([len(cloud) for cloud in clouds]))
    return Row(
        scheme=scheme.name,
        kind=scheme.kind,
        setting=scheme.label(setting),
        payload_bits=payload,
        container_bits=container,
        bits_per_point=container / points,
        ratio=96 * points / container,
        payload_ratio=96 * points / payload,
        chamfer_e3=float(chamfer.mean()),
        chamfer_e3_median=float(np.median(chamfer)),
        chamfer_e3_max=float(chamfer.max()),
        d1_psnr_db=float(np.mean([trial.found.d1_psnr for trial in trials])),
        encode_ms=1e3 * float(np.median([trial.encode_s for trial in trials])),
        decode_ms=1e3 * float(np.median([trial.decode_s for trial in trials])),
        table_bytes=scheme.table_bytes(setting),
        clouds=len(trials),
    )


def curves(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each scheme, from few bits to many, in the order of the schemes."""
    for scheme in dict.fromkeys(row.scheme for row in rows):
        yield scheme, sorted((row for row in rows if row.scheme == scheme), key=lambda row: row.payload_bits)
