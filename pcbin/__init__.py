"""pcbin: a learned codec that turns a point cloud into a 128-bit binary code in a small file, and back.

>>> import numpy, pcbin
>>> points = numpy.random.default_rng(0).normal(size=(2048, 3))
>>> data = pcbin.compress(points)        # the bytes of a .pcb file
>>> pcbin.decompress(data).shape         # in the coordinates of the original
(2048, 3)

`Codec` is for loops and batches, `open` for files of many clouds, `merge` and `compact` for such files made
of others, `truncate` for shorter codes from longer ones, `evaluate` for the metrics. With a model of images
the same functions take and give grey images; `evaluate_image` is for their metrics. `view` makes a page that
shows a cloud, `render` a picture. `to_arrow` and `from_arrow` are for tables of codes, `ArchiveDataset` for
torch's loaders, `to_trimesh`, `to_open3d` and `to_pyvista` for objects of these libraries. Errors are in
`pcbin.errors`; all descend from `PcbinError`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pcbin import errors
from pcbin._version import __version__
from pcbin.errors import PcbinError

if TYPE_CHECKING:
    from pcbin.api import compress, compress_many, decompress
    from pcbin.archive import Archive, open
    from pcbin.archive_dataset import ArchiveDataset
    from pcbin.archive_writer import ArchiveWriter
    from pcbin.arrays import Pose
    from pcbin.arrow import from_arrow, to_arrow
    from pcbin.cluster import BernoulliMixture, KModes
    from pcbin.codec import Codec, Coded
    from pcbin.convert import to_open3d, to_pyvista, to_trimesh
    from pcbin.evaluation import evaluate, evaluate_image
    from pcbin.merging import compact, merge
    from pcbin.modalities.evaluations import Evaluation, ImageEvaluation
    from pcbin.models.model import Model
    from pcbin.models.zoo import load as load_model
    from pcbin.pages.render import render
    from pcbin.pages.view import View, view
    from pcbin.truncation import truncate

__all__ = [
    "Archive",
    "ArchiveDataset",
    "ArchiveWriter",
    "BernoulliMixture",
    "Codec",
    "Coded",
    "Evaluation",
    "ImageEvaluation",
    "KModes",
    "Model",
    "PcbinError",
    "Pose",
    "View",
    "__version__",
    "compact",
    "compress",
    "compress_many",
    "decompress",
    "errors",
    "evaluate",
    "evaluate_image",
    "from_arrow",
    "load_model",
    "merge",
    "open",
    "render",
    "to_arrow",
    "to_open3d",
    "to_pyvista",
    "to_trimesh",
    "truncate",
    "view",
]

# imported when first asked for: each command, and each program, pays only for what it uses
_LATER = {
    "Archive": "pcbin.archive",
    "ArchiveDataset": "pcbin.archive_dataset",
    "ArchiveWriter": "pcbin.archive_writer",
    "BernoulliMixture": "pcbin.cluster",
    "Codec": "pcbin.codec",
    "Coded": "pcbin.codec",
    "Evaluation": "pcbin.modalities.evaluations",
    "ImageEvaluation": "pcbin.modalities.evaluations",
    "KModes": "pcbin.cluster",
    "Model": "pcbin.models.model",
    "Pose": "pcbin.arrays",
    "View": "pcbin.pages.view",
    "compact": "pcbin.merging",
    "compress": "pcbin.api",
    "compress_many": "pcbin.api",
    "decompress": "pcbin.api",
    "evaluate": "pcbin.evaluation",
    "evaluate_image": "pcbin.evaluation",
    "from_arrow": "pcbin.arrow",
    "load_model": "pcbin.models.zoo",
    "merge": "pcbin.merging",
    "open": "pcbin.archive",
    "render": "pcbin.pages.render",
    "to_arrow": "pcbin.arrow",
    "to_open3d": "pcbin.convert",
    "to_pyvista": "pcbin.convert",
    "to_trimesh": "pcbin.convert",
    "truncate": "pcbin.truncation",
    "view": "pcbin.pages.view",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'pcbin' has no attribute {name!r}")
    value = getattr(import_module(_LATER[name]), "load" if name == "load_model" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
