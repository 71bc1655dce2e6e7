"""The public surface, word for word: a change here is a change for every user."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import pcbin
from pcbin import errors

SURFACE = [
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

DECODED = "'Decoded'"
DATA = "'bytes | bytearray | memoryview'"
RATE = "bits: 'int | None' = None, effort: 'int | None' = None, "
SCANS = "outliers: 'Outliers' = 'drop', complete: 'bool' = False"
PACK, HASH = "pack: 'bool' = False", "full_hash: 'bool' = False"
LIMIT = "max_chamfer: 'float | None' = None, "
COUNT = "n_points: 'int | None' = None, spacing: 'Spacing | None' = None"
PATHS = "source: 'str | os.PathLike[str]', target: 'str | os.PathLike[str] | None' = None"
PAIR = "original: 'ObjectLike', decoded: 'ObjectLike | None' = None, *, data: 'bytes | None' = None, "
SIGNATURES = {
    "compress": f"(points: 'ObjectLike', *, model: 'ModelLike' = 'auto', {RATE}{LIMIT}pose: 'bool' = True, "
    "metadata: 'Mapping[str, Any] | None' = None, entropy: 'bool' = False, device: 'str' = 'cpu', "
    "sampling: 'Sampling' = 'farthest', seed: 'int' = 0, up: 'Up' = 'y', warn: 'bool' = True, "
    f"licence: 'Licence | None' = None, orient: 'Orient | None' = None, {SCANS}, {PACK}, {HASH}) -> 'bytes'",
    "compress_many": f"(clouds: 'Iterable[ObjectLike]', *, model: 'ModelLike' = 'auto', {RATE}{LIMIT}"
    "pose: 'bool' = True, metadata: 'Notes | None' = None, entropy: 'bool' = False, device: 'str' = 'cpu', "
    "sampling: 'Sampling' = 'farthest', seed: 'int' = 0, up: 'Up' = 'y', warn: 'bool' = True, "
    f"licence: 'Licence | None' = None, orient: 'Orient | None' = None, {SCANS}, {PACK}, {HASH}) "
    "-> 'list[bytes]'",
    "decompress": f"(data: {DATA}, *, model: 'ModelLike | None' = None, {COUNT}, "
    f"device: 'str' = 'cpu', up: 'Up' = 'y') -> {DECODED}",
    "truncate": f"(data: {DATA}, bits: 'int', *, check: 'bool' = True) -> 'bytes'",
    "compact": "(source: 'PathLike', out: 'PathLike | None' = None, *, overwrite: 'bool' = False) -> 'int'",
    "merge": "(sources: 'Iterable[PathLike]', out: 'PathLike', *, "
    "metadata: 'Mapping[str, Any] | None' = None, rename: 'bool' = False, overwrite: 'bool' = False) "
    "-> 'int'",
    "to_arrow": "(source: 'Any') -> 'Any'",
    "to_trimesh": "(item: 'Any') -> 'Any'",
    "to_open3d": "(item: 'Any') -> 'Any'",
    "to_pyvista": "(item: 'Any') -> 'Any'",
    "from_arrow": "(table: 'Any', out: 'PathLike', *, "
    "model: 'str | os.PathLike[str] | Model | None' = None, "
    "metadata: 'Mapping[str, Any] | None' = None, overwrite: 'bool' = False) -> 'int'",
    "evaluate": f"({PAIR}"
    "model: 'ModelLike | None' = None, device: 'str' = 'cpu', up: 'Up' = 'y', "
    "metrics: 'Metrics' = None, normals: 'Any' = None) -> 'Evaluation'",
    "evaluate_image": f"({PAIR}model: 'ModelLike | None' = None, device: 'str' = 'cpu') -> 'ImageEvaluation'",
    "view": "(item: 'Any', original: 'Any' = None, *, name: 'str' = 'object', "
    "model: 'ModelLike | None' = None) -> 'View'",
    "render": "(points: 'npt.ArrayLike', error: 'npt.ArrayLike | None' = None, *, size: 'int' = 512, "
    "camera: 'Camera' = Camera(turn=35.0, tilt=22.0), background: 'tuple[int, int, int]' = (255, 255, 255)) "
    "-> 'Pixels'",
    "View": "(html: 'str') -> 'None'",
    "View.save": "(self, path: 'str | os.PathLike[str]', *, overwrite: 'bool' = False) -> 'Path'",
    "load_model": "(wanted: 'str | bytes | os.PathLike[str] | Model' = 'chair', *, "
    "device: 'str' = 'cpu') -> 'Model'",
    "open": "(source: 'Source', mode: 'str' = 'r', *, model: 'ModelLike | None' = None, "
    "device: 'str' = 'cpu', pose: 'bool' = True, metadata: 'Mapping[str, Any] | None' = None, "
    f"{RATE}sampling: 'Sampling' = 'farthest', seed: 'int' = 0, entropy: 'bool' = False, "
    "up: 'Up' = 'y', warn: 'bool' = True, licence: 'Licence | None' = None, "
    f"orient: 'Orient | None' = None, {SCANS}, {HASH}) -> 'Archive | ArchiveWriter'",
    "Codec": f"(model: 'ModelLike' = 'chair', *, {RATE}{LIMIT}device: 'str' = 'cpu', "
    "sampling: 'Sampling' = 'farthest', seed: 'int' = 0, up: 'Up' = 'y', warn: 'bool' = True, "
    f"licence: 'Licence | None' = None, orient: 'Orient | None' = None, {SCANS}, {PACK}, {HASH}) -> 'None'",
    "Codec.encode": "(self, item: 'ObjectLike', *, pose: 'bool' = True, "
    "metadata: 'Mapping[str, Any] | None' = None, entropy: 'bool' = False) -> 'bytes'",
    "Codec.encode_many": "(self, items: 'Iterable[ObjectLike]', *, pose: 'bool' = True, "
    "metadata: 'Notes | None' = None, entropy: 'bool' = False, "
    "errors: \"Literal['raise', 'return']\" = 'raise') -> 'Sequence[bytes | PcbinError]'",
    "Codec.encode_file": f"(self, {PATHS}, *, pose: 'bool' = True, "
    "metadata: 'Mapping[str, Any] | None' = None, entropy: 'bool' = False, format: 'str | None' = None, "
    "samples: 'int | None' = None, overwrite: 'bool' = False) -> 'Path'",
    "Codec.decode_file": f"(self, {PATHS}, *, {COUNT}, format: 'str | None' = None, "
    "overwrite: 'bool' = False) -> 'Path'",
    "Codec.code": "(self, item: 'ObjectLike') -> 'Coded'",
    "Codec.code_many": "(self, items: 'Iterable[ObjectLike]') -> 'Iterator[Coded | PcbinError]'",
    "Codec.decode": f"(self, data: {DATA}, *, {COUNT}) -> {DECODED}",
    "Codec.codes": "(self, items: 'Iterable[ObjectLike]') -> 'tuple[Codes, list[Pose | None]]'",
    "Codec.restore": "(self, codes: 'Codes', poses: 'Iterable[Pose | None] | None' = None, *, "
    f"{COUNT}) -> 'Iterator[Decoded]'",
    "Coded.pack": "(self, *, pose: 'bool' = True, metadata: 'Mapping[str, Any] | None' = None, "
    "entropy: 'bool' = False) -> 'bytes'",
    "Coded.restore": "(self, *, pose: 'bool' = True) -> 'Decoded'",
    "Coded.evaluate": f"(self, {PAIR}pose: 'bool' = True, metrics: 'Metrics' = None, "
    "normals: 'Any' = None) -> 'Any'",
    "ArchiveDataset": "(path: 'str | os.PathLike[str]', *, "
    f"{COUNT}, pose: 'bool' = False, label: 'str | None' = None, "
    "transform: 'Callable[[Any], Any] | None' = None, model: 'ModelLike | None' = None) -> 'None'",
    "Archive.records": "(self) -> 'Iterator[pcb.Record]'",
    "Archive.record": "(self, index: 'int') -> 'pcb.Record'",
    "Archive.codes": "(self, start: 'int' = 0, stop: 'int | None' = None) -> 'Codes'",
    "Archive.restore": f"(self, records: 'Iterable[pcb.Record]', *, {COUNT}) -> 'Iterator[Decoded]'",
    "Archive.count": "(self) -> 'int'",
    "Archive.verify": "(self) -> 'int'",
    "Archive.close": "(self) -> 'None'",
    "ArchiveWriter.append": "(self, item: 'ObjectLike', "
    "metadata: 'Mapping[str, Any] | None' = None) -> 'None'",
    "ArchiveWriter.extend": "(self, items: 'Iterable[ObjectLike]', "
    "metadata: 'Notes | None' = None) -> 'None'",
    "ArchiveWriter.add": "(self, coded: 'Coded', metadata: 'Mapping[str, Any] | None' = None) -> 'None'",
    "ArchiveWriter.close": "(self) -> 'None'",
    "Model": "(file: 'ModelFile', *, device: 'str' = 'cpu') -> 'None'",
    "Model.encode": "(self, inputs: 'Float32') -> 'Codes'",
    "Model.decode": "(self, codes: 'Codes') -> 'Float32'",
    "Pose": "(center: 'tuple[float, float, float]', scale: 'float', "
    "rotation: 'tuple[float, float, float, float] | None' = None) -> None",
    "Evaluation": "(points: 'int', chamfer: 'float', chamfer_sum: 'float', d1_psnr: 'float', "
    "payload_bits: 'int | None' = None, container_bits: 'int | None' = None, "
    "bits_per_point: 'float | None' = None, ratio: 'float | None' = None, "
    "payload_ratio: 'float | None' = None, f_score: 'float | None' = None, "
    "precision: 'float | None' = None, recall: 'float | None' = None, d2_psnr: 'float | None' = None, "
    "hausdorff: 'float | None' = None, hausdorff_95: 'float | None' = None, dcd: 'float | None' = None, "
    "emd: 'float | None' = None, one_way: 'float | None' = None) -> None",
    "ImageEvaluation": "(height: 'int', width: 'int', mse: 'float', psnr: 'float', "
    "payload_bits: 'int | None' = None, container_bits: 'int | None' = None, "
    "bpp: 'float | None' = None, container_bpp: 'float | None' = None, "
    "ratio: 'float | None' = None, payload_ratio: 'float | None' = None) -> None",
}


@pytest.mark.parametrize(
    "name", ["compress", "compress_many", "decompress", "open", "evaluate", "Codec", "ArchiveDataset"]
)
def test_help_lists_all_arguments(name: str) -> None:
    found = getattr(pcbin, name)
    text = inspect.getdoc(found) or ""
    for argument in inspect.signature(found).parameters:
        assert f"\n    {argument}: " in text


TREE = """
PcbinError(Exception)
FormatError(PcbinError, ValueError)
NotPcb(FormatError)
UnsupportedVersion(FormatError)
Truncated(FormatError)
Checksum(FormatError)
Limit(FormatError)
ModelError(PcbinError)
ModelNotFound(ModelError)
ModelMismatch(ModelError)
WeightsCorrupt(ModelError)
InputError(PcbinError, ValueError)
MissingDependency(PcbinError, ImportError)
PcbinWarning(UserWarning)
"""


def test_names() -> None:
    assert pcbin.__all__ == SURFACE
    assert all(hasattr(pcbin, name) for name in SURFACE)


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name: str) -> None:
    found: Any = pcbin
    for part in name.split("."):
        found = getattr(found, part)
    assert str(inspect.signature(found)) == SIGNATURES[name]


@pytest.mark.parametrize("name", [name for name in SURFACE if name not in ("__version__",)])
def test_every_public_thing_has_a_docstring(name: str) -> None:
    found = getattr(pcbin, name)
    assert inspect.getdoc(found)
    if inspect.isclass(found):
        public = [member for member in vars(found) if not member.startswith("_")]
        assert all(inspect.getdoc(getattr(found, m)) for m in public if callable(getattr(found, m)))


def test_error_tree() -> None:
    described = dict(line[:-1].split("(") for line in TREE.split("\n") if line)
    defined = {n: c for n, c in vars(errors).items() if inspect.isclass(c) and issubclass(c, Exception)}
    assert set(defined) == set(described)
    for name, bases in described.items():
        assert ", ".join(base.__name__ for base in defined[name].__bases__) == bases


def test_the_docstring_draws_the_tree() -> None:
    assert errors.__doc__ is not None
    for line in TREE.split("\n"):
        assert line.split("(")[0] in errors.__doc__


def test_version() -> None:
    assert [part.isdigit() for part in pcbin.__version__.split(".")][:2] == [True, True]


def test_missing_dependency_names_the_extra() -> None:
    error = errors.missing("torch", "training", "train")
    assert str(error) == "training needs torch: pip install 'pcbin[train]'"
    assert error.name == "torch"
