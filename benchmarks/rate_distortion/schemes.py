"""Which codecs a run has: pcbin, and the rivals whose packages are installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pcbin.coding.effort import DEFAULT_EFFORT
from pcbin.models import zoo

from .draco import Draco
from .keypoints import KeyPoints
from .laz import Laz
from .octants import NearestOctants
from .pca import MatchedPca
from .pcbin_codec import CELLS, Default, Pcbin
from .pcodec_grid import PcodecGrid
from .progress import Progress
from .retrieval import NearestShape, NearestShapeInBox
from .scheme import Scheme
from .zstd_grid import ZstdGrid

UNTRAINED: tuple[Callable[[], Scheme], ...] = (KeyPoints, ZstdGrid, PcodecGrid, Draco, Laz)
SHORTEST_PACKED = 64
"""Bits of a payload that is filled by entropy coding; in fewer there is little to gain."""
EXTRA = "pip install 'pcbin[bench]'"


def choose(
    model: str, bits: Sequence[int], efforts: Sequence[int], *, trained: bool, seed: int, progress: Progress
) -> list[Scheme]:
    """All schemes of a run; says which are left out, and why."""
    schemes: list[Scheme] = [Pcbin(model, bits, effort, progress) for effort in efforts]
    packed = [length for length in bits if length >= SHORTEST_PACKED]
    schemes += [
        Pcbin(model, packed, effort, progress, pack=True)
        for effort in sorted({DEFAULT_EFFORT, *efforts} - {0})
    ]
    if any(entry.name == CELLS for entry in zoo.installed()):
        schemes.append(Pcbin(CELLS, bits, DEFAULT_EFFORT, progress))
    schemes.append(Default(bits, progress))
    if trained:
        schemes += [NearestShape(), NearestShapeInBox(), NearestOctants(), MatchedPca(seed)]
    else:
        progress.say("trained rivals skipped: name training shapes with --train or --hold-out")
    for make in UNTRAINED:
        try:
            schemes.append(make())
        except ImportError as error:
            progress.say(f"{make.__module__.rpartition('.')[2]}: skipped, needs {error.name}: {EXTRA}")
    return [scheme for scheme in schemes if scheme.settings]
