"""The models that are installed: those in the wheel, and those that the user added."""

from __future__ import annotations

import copyreg
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from pcbin.errors import FormatError, InputError, ModelNotFound, PcbinError, PcbinWarning
from pcbin.formats.atomic import write_atomic
from pcbin.formats.entropy import Table
from pcbin.formats.model_file import MAX_BYTES, MAX_HEADER, ModelFile, ModelHeader, load_header, load_model
from pcbin.formats.names import RULE, is_name
from pcbin.models.description import ModelDescription
from pcbin.models.info import check_info
from pcbin.models.model import Model, check

DEFAULT = "chair"
SHIPPED = Path(__file__).parent / "zoo"
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Entry:
    """An installed model: where it is and what its header says."""

    name: str
    path: Path
    header: ModelHeader
    shipped: bool

    @cached_property
    def description(self) -> ModelDescription | None:
        """None where it does not fit together, or only a later pcbin knows it; `load` says what is wrong."""
        try:
            return ModelDescription.parse(self.header.model)
        except PcbinError:
            return None

    @property
    def is_of_cells(self) -> bool:
        """Whether its codes are cell codes."""
        return self.description is not None and self.description.cells is not None


def user_folder() -> Path:
    """Where `pcbin models add` puts models: $PCBIN_MODELS, or the platform's folder for a user's data."""
    if chosen := os.environ.get("PCBIN_MODELS"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    return base / "pcbin" / "models"


def installed() -> list[Entry]:
    """All models that can be named or found by hash, shipped ones first. Damaged files are passed over."""
    return list(_entries())


def entry_of(model_id: bytes) -> Entry | None:
    """The installed model that .pcb files name by these 8 bytes."""
    return next((entry for entry in _entries() if entry.header.id == model_id), None)


def _entries() -> Iterator[Entry]:
    """Each is read when it is asked for: who finds one does not wait for the others."""
    for folder, shipped in ((SHIPPED, True), (user_folder(), False)):
        for path in sorted(folder.glob("*" + SUFFIX)) if folder.is_dir() else []:
            if not path.is_file():  # a named pipe would be waited for
                continue
            try:
                header = read_header(path)
            except (PcbinError, OSError):
                continue
            yield Entry(path.stem, path, header, shipped)


def read_header(path: Path) -> ModelHeader:
    """A model's documents, without its weights.

    They stay in memory until the file changes: every `compress` and `decompress` looks for its model.
    """
    stat = path.stat()
    return _read_header(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _read_header(path: Path, modified: int, size: int) -> ModelHeader:
    with path.open("rb") as file:
        length = file.read(8)
        rest = file.read(min(int.from_bytes(length, "little"), MAX_HEADER))
        return load_header(length + rest, where=str(path))


def read_file(path: Path) -> ModelFile:
    """A whole model file, its weights checked.

    Raises:
        ModelNotFound: The file cannot be read.
        WeightsCorrupt: The weights do not match their hash.
        UnsupportedVersion: A newer pcbin wrote it.
        InputError: It is larger than any model.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: more than {MAX_BYTES:,} bytes; no model of pcbin is that large")
        return load_model(path.read_bytes(), where=str(path))
    except OSError as error:
        raise ModelNotFound(f"{path}: {error.strerror or error}; see `pcbin models list`") from None


def find(wanted: str | bytes | os.PathLike[str]) -> Path:
    """The file of a model.

    Args:
        wanted: A name, the start (8 digits or more) of a hash, 8 bytes of hash, or a path.

    Raises:
        ModelNotFound: There is none; the message has the names of those that are installed.
        InputError: Not a name, a hash, a path or a `Model`; or it means several models.
    """
    if isinstance(wanted, bytes):
        if found := _one([entry for entry in _entries() if entry.header.id == wanted], wanted.hex()):
            return found
        raise ModelNotFound(
            f"no installed model has the hash {wanted.hex()}; get its file from the author of the code "
            f"and run `pcbin models add FILE`, or pass the file as the model (installed: {_names()})"
        )
    if not isinstance(wanted, str | os.PathLike):
        raise InputError(f"model = {wanted!r}; pass a name ({_names()}), a path, or a pcbin.Model")
    text = os.fspath(wanted)
    if not isinstance(wanted, str) or text.endswith(SUFFIX) or os.sep in text:
        return Path(text)
    entries = list(_entries())
    named = [entry for entry in entries if entry.name == text]
    hashed = [entry for entry in entries if len(text) >= 8 and entry.header.sha256.startswith(text.lower())]
    if found := _one(named[:1] + hashed, text):
        return found
    raise ModelNotFound(
        f"no model {text!r} is installed; use one of {_names()}, or the path of a {SUFFIX} file"
    )


def _one(entries: list[Entry], wanted: str) -> Path | None:
    """The path of the one model among these, by whatever names it is installed; None where there is none.

    A file whose weights are not those of its hash is passed over, with a warning. Raises InputError where
    there are several: two models of one beginning of a hash can be made, though not one of a given model.
    """
    if len({entry.header.sha256 for entry in entries}) > 1 or len(entries) > 1:
        sound = []
        for entry in entries:
            try:
                read_file(entry.path)
            except PcbinError as error:
                warnings.warn(f"{error}; passed over", PcbinWarning, stacklevel=4)
            else:
                sound.append(entry)
        entries = sound or entries
    if len({entry.header.sha256 for entry in entries}) > 1:
        listed = ", ".join(f"{entry.header.sha256} ({entry.path})" for entry in entries)
        raise InputError(
            f"{wanted} means several models: {listed}; remove all but the right one, or pass its path"
        )
    return entries[0].path if entries else None


def _names() -> str:
    return ", ".join(dict.fromkeys(entry.name for entry in installed())) or "none"


def load(wanted: str | bytes | os.PathLike[str] | Model = DEFAULT, *, device: str = "cpu") -> Model:
    """A model, ready to run. Models stay loaded: the next call returns the same object.

    Args:
        wanted: A name (``pcbin models list``), the start (8 digits or more) of a hash, 8 bytes of hash, or a
            path; a `Model` is returned as it is.
        device: "cpu" (NumPy), or "cuda" (torch).

    Raises:
        ModelNotFound: There is none; the message has the names of those that are installed.
        InputError: Not a name, a hash, a path or a `Model`.
        WeightsCorrupt: The weights do not match their hash.
        UnsupportedVersion: A newer pcbin wrote the file.
        MissingDependency: The device needs torch.
    """
    if isinstance(wanted, Model):
        return wanted
    if not isinstance(device, str):
        raise InputError(f"device = {device!r}; use 'cpu', or 'cuda' on a machine with CUDA")
    path = find(wanted)
    try:
        stat = path.stat()
    except OSError as error:
        raise ModelNotFound(f"{path}: {error.strerror or error}; see `pcbin models list`") from None
    return _load(path, stat.st_mtime_ns, stat.st_size, device)


def entropy_table(wanted: str | bytes | os.PathLike[str] | Model) -> Table:
    """The table that codes of a model, named as for `find`, were entropy coded with.

    Raises:
        ModelNotFound: There is no such model.
        FormatError: The model has no table: then nothing can have been coded with it.
    """
    model = load(wanted)
    if model.entropy_table is None:
        raise FormatError(
            f"entropy coded, but model {model.name} {model.id.hex()} carries no table for that; "
            "no correct writer makes such a file: write it again with pcbin"
        )
    return model.entropy_table


_origins: WeakKeyDictionary[Model, Path] = WeakKeyDictionary()
"""Where the models that were loaded lie."""


@lru_cache(maxsize=8)
def _load(path: Path, modified: int, size: int, device: str) -> Model:
    model = Model(read_file(path), device=device)
    _origins[model] = path.absolute()
    return model


def _reduced(model: Model) -> tuple[Any, ...]:
    """What stands for a model in a pickle: its file and its hash, or all of it where it has no file."""
    if model in _origins:
        return _again, (_origins[model], model.file.sha256, model.device)
    return partial(Model, device=model.device), (model.file,)


def _again(path: Path, sha256: str, device: str) -> Model:
    """The model of this hash, from where it lay, else from wherever it is installed. Raises ModelNotFound."""
    with suppress(PcbinError, OSError):
        if read_header(path).sha256 == sha256:
            return load(path, device=device)
    return load(sha256, device=device)


copyreg.dispatch_table[Model] = _reduced


def add(source: Path, *, name: str | None = None, overwrite: bool = False) -> Path:
    """Copies a model file, checked, among the user's models; returns its path.

    Args:
        source: The model file.
        name: What to call it; None for the name of the file.
        overwrite: Replace a model of that name.

    Raises:
        InputError: The name is taken, or cannot name a model.
        WeightsCorrupt: The file is not a model, or describes itself in another form than models do.
    """
    file = read_file(source)
    check(file)
    check_info(file.info)
    name = name or source.name.removesuffix(SUFFIX)
    if not is_name(name):
        raise InputError(f"{name!r} cannot name a model; {RULE}")
    if any(entry.shipped and entry.name == name for entry in installed()):
        raise InputError(f"{name!r} is the name of a shipped model; choose another with --name")
    folder = user_folder()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / (name + SUFFIX)
    write_atomic(target, source.read_bytes(), overwrite=overwrite)
    return target
