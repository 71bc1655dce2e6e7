"""pcbin: a learned codec that turns a point cloud into a 128-bit binary code in a small file, and back.

>>> import numpy, pcbin
>>> points = numpy.random.default_rng(0).normal(size=(2048, 3))
>>> data = pcbin.compress(points)        # the bytes of a .pcb file
>>> pcbin.decompress(data).shape         # in the coordinates of the original
(2048, 3)

`Codec` is for loops and batches, `open` for files of many clouds, `evaluate` for the metrics. Errors are in
`pcbin.errors`; all descend from `PcbinError`.
"""

from pcbin import errors
from pcbin._version import __version__
from pcbin.archive import Archive, ArchiveWriter, open
from pcbin.arrays import Pose
from pcbin.codec import Codec, compress, decompress
from pcbin.errors import PcbinError
from pcbin.models.model import Model
from pcbin.models.zoo import load as load_model
from pcbin.report import Evaluation, evaluate

__all__ = [
    "Archive",
    "ArchiveWriter",
    "Codec",
    "Evaluation",
    "Model",
    "PcbinError",
    "Pose",
    "__version__",
    "compress",
    "decompress",
    "errors",
    "evaluate",
    "load_model",
    "open",
]
