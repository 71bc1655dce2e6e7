"""Training sets in the layouts that people have on disk, found by looking at the path::

    shapes = load("ModelNet40", split="train", classes=["chair"])
    shapes.points                                   # (S, 2048, 3) float16, normalised

One module knows one layout: an .npz file (`npz`), ShapeNet's uniform samples (`shapenet`),
ShapeNetCore.v2.PC15k (`pc15k`), ModelNet40 as HDF5 (`hdf5`), ModelNet's meshes (`modelnet`), and any folder
of clouds or meshes (`folder`). Shapes that programs make (`generated`) are a set like these.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from pcbin.datasets import folder, generated, hdf5, modelnet, npz, pc15k, select, shapenet
from pcbin.datasets.shapes import Options, Progress, Report, Shapes
from pcbin.errors import InputError

__all__ = ["Progress", "Report", "Shapes", "load"]

_LAYOUTS = {
    "HDF5 files": (hdf5.fits, hdf5.load),
    "ShapeNet's <synset>/*.ply": (shapenet.fits, shapenet.load),
    "PC15k's <synset>/{train,val,test}/*.npy": (pc15k.fits, pc15k.load),
    "ModelNet's <class>/{train,test}/*.off": (modelnet.fits, modelnet.load),
}


def load(
    path: str | os.PathLike[str],
    *,
    split: str | None = None,
    classes: Sequence[str] | None = None,
    leave_out: Sequence[str] = (),
    points: int = 2048,
    seed: int = 0,
    strict: bool = False,
    progress: Progress | None = None,
    report: Report | None = None,
) -> Shapes:
    """The shapes of a data set.

    path: an .npz file or a folder; what it holds decides how it is read. A last part "generated:COUNT" or
        "generated:COUNT:SEED" is no file: so many shapes are made by `pcbin.datasets.generated`.
    split: "train", "val", "test" or what else the set has; None takes all shapes.
    classes: labels, class folders, or ShapeNet's synset ids or names; None takes all.
    leave_out: labels that are not wanted, whole or as patterns ("Package_*"): families to test on that no
        training has seen.
    points: how many points a mesh is sampled to, and each cloud of a plain folder drawn to. Sets whose clouds
        have one size (.npz, HDF5, ShapeNet, PC15k) keep all their points: batches draw from them.
    seed: of the sampling, and of the split where the set has no official one.
    strict: whether the first file that cannot be used is an error. Otherwise such files are skipped.
    progress: called as progress(done, total) after each file.
    report: gets one message that lists all skipped files, each with its problem; None warns (RuntimeWarning).

    Raises InputError: nothing there, more than one layout, no such split or class, no usable cloud.
    Raises MissingDependency: HDF5 files without h5py.
    """
    path = Path(path)
    if points < 1:
        raise InputError(f"points: {points}; ask for at least 1")
    if seed < 0:
        raise InputError(f"seed: {seed}; use 0 or a positive number")
    if isinstance(classes, str) or (classes is not None and not classes):
        raise InputError(f"classes: {classes!r}; give a list of names, or None for all classes")
    if isinstance(leave_out, str):
        raise InputError(f"leave_out: {leave_out!r}; give a list of labels or patterns")
    options = Options(split, classes, points, seed, strict, progress, report)
    shapes = _load(path, options)
    return select.without(path, shapes, leave_out) if leave_out else shapes


def _load(path: Path, options: Options) -> Shapes:
    if generated.fits(path):
        return generated.load(path, options)
    if path.suffix == ".npz":
        return npz.load(path, options)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; say where the data lies with --data")
    if not path.is_dir():
        raise InputError(f"{path}: not a training set; name an .npz file, or the folder of the files")
    found = [name for name, (fits, _) in _LAYOUTS.items() if fits(path)]
    if len(found) > 1:
        raise InputError(f"{path}: holds {' and '.join(found)}; give each set a folder of its own")
    read = _LAYOUTS[found[0]][1] if found else folder.load
    return read(path, options)
