"""The frozen-model file: safetensors with two JSON documents and the SHA-256 that names the model.

The normative description is formats/model-v1.md in the repository. ``model`` is what decides the network's
function and, with the tensors, its identity; ``info`` is what people want to know about it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.errors import InputError, UnsupportedVersion, WeightsCorrupt

FORMAT = "1"
MAX_HEADER = 4 << 20
MAX_BYTES = 1 << 30
ID_BYTES = 8
DTYPES: dict[str, np.dtype[Any]] = {
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "I8": np.dtype("i1"),
    "U8": np.dtype("u1"),
    "U16": np.dtype("<u2"),
    "U32": np.dtype("<u4"),
}
NAME = re.compile(r"[A-Za-z0-9_./-]+")
"""What a tensor may be called. The identity joins names, shapes and bytes by zero bytes: a name that held one
would give two models one identity."""
REMEDY = "get the file again, or freeze the checkpoint again"

Tensors = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class ModelFile:
    """A frozen model as it lies on disk."""

    model: dict[str, Any]
    info: dict[str, Any]
    tensors: Tensors
    sha256: str

    @property
    def id(self) -> bytes:
        """The 8 bytes that a .pcb file names its model by."""
        return bytes.fromhex(self.sha256)[:ID_BYTES]


@dataclass(frozen=True)
class ModelHeader:
    """What can be read of a frozen model without its weights; the hash is as declared, not yet checked."""

    model: dict[str, Any]
    info: dict[str, Any]
    sha256: str

    @property
    def id(self) -> bytes:
        return bytes.fromhex(self.sha256)[:ID_BYTES]


def canonical(document: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces: one text for one document."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def identity(model_json: str, tensors: Mapping[str, npt.NDArray[Any]]) -> str:
    """SHA-256, in hex, of the function of a model: its JSON and its tensors in the order of their names.

    Raises InputError for a name that no tensor may have.
    """
    digest = hashlib.sha256()
    for part in hashed(model_json, tensors):
        digest.update(part)
    return digest.hexdigest()


def hashed(model_json: str, tensors: Mapping[str, npt.NDArray[Any]]) -> Iterator[bytes | memoryview]:
    """The stream of bytes that `identity` is the SHA-256 of; no two models have the same one."""
    wrong = _wrong_name(tensors)
    if wrong is not None:
        raise InputError(f"a tensor called {wrong[:40]!r}; use letters, digits, '_', '.', '/' and '-' alone")
    yield model_json.encode()
    names = {dtype: name for name, dtype in DTYPES.items()}
    for name in sorted(tensors):
        tensor = np.ascontiguousarray(tensors[name])
        shape = ",".join(str(n) for n in tensors[name].shape)  # NumPy makes a contiguous number a row of one
        yield f"\0{name}\0{names[tensor.dtype]}\0{shape}\0".encode()
        yield tensor.data


def dump_model(
    model: Mapping[str, Any], info: Mapping[str, Any], tensors: Mapping[str, npt.NDArray[Any]]
) -> bytes:
    """The bytes of a frozen-model file; the same model gives the same bytes.

    Written here because safetensors.numpy.save puts the metadata in an order that changes with each call.
    """
    model_json, info_json = canonical(model), canonical(info)
    metadata = {
        "pcbin.format": FORMAT,
        "pcbin.model": model_json,
        "pcbin.info": info_json,
        "pcbin.info_sha256": hashlib.sha256(info_json.encode()).hexdigest(),
        "pcbin.sha256": identity(model_json, tensors),
    }
    header: dict[str, Any] = {"__metadata__": metadata}
    body: list[bytes] = []
    names = {dtype: name for name, dtype in DTYPES.items()}
    at = 0
    for name in sorted(
        tensors, key=lambda name: (-tensors[name].dtype.itemsize, name)
    ):  # widest first: aligned
        data = np.ascontiguousarray(tensors[name]).tobytes()
        offsets = [at, at + len(data)]
        header[name] = {
            "dtype": names[tensors[name].dtype],
            "shape": tensors[name].shape,
            "data_offsets": offsets,
        }
        body.append(data)
        at += len(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *body])


def load_header(data: bytes | memoryview, *, where: str = "model") -> ModelHeader:
    """The documents of a frozen model from the first bytes of its file (the weights may be missing).

    Raises UnsupportedVersion, WeightsCorrupt.
    """
    return _header(data, where)[0]


def load_model(data: bytes | memoryview, *, where: str = "model") -> ModelFile:
    """A whole frozen model, its weights checked against their hash.

    Raises UnsupportedVersion: a newer format. WeightsCorrupt: anything that breaks a rule of the format.
    """
    header, entries, start = _header(data, where)
    view = memoryview(data)[start:]
    tensors: Tensors = {}
    end = 0
    for name, (dtype, shape, begin, stop) in sorted(entries.items(), key=lambda item: item[1][2]):
        if begin != end or stop - begin != math.prod(shape) * dtype.itemsize or stop > len(view):
            raise WeightsCorrupt(f"{where}: tensor {name!r} does not lie where the header says; {REMEDY}")
        tensors[name] = np.frombuffer(view[begin:stop], dtype=dtype).reshape(shape)
        end = stop
    if end != len(view):
        raise WeightsCorrupt(f"{where}: {len(view) - end} bytes after the last tensor; {REMEDY}")
    found = identity(canonical(header.model), tensors)
    if found != header.sha256:
        raise WeightsCorrupt(
            f"{where}: the weights' SHA-256 is {found}, the file says {header.sha256}; {REMEDY}"
        )
    return ModelFile(header.model, header.info, tensors, found)


Entry = tuple[np.dtype[Any], tuple[int, ...], int, int]


def _header(data: bytes | memoryview, where: str) -> tuple[ModelHeader, dict[str, Entry], int]:
    try:
        (length,) = struct.unpack_from("<Q", data)
        if length > MAX_HEADER or len(data) < 8 + length:
            raise ValueError(f"header of {length} bytes in {len(data)}")
        header = json.loads(bytes(data[8 : 8 + length]))
        metadata = header.pop("__metadata__")
        version = metadata["pcbin.format"]
    except (struct.error, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise WeightsCorrupt(
            f"{where}: not a frozen pcbin model ({error}); make one with `pcbin freeze`"
        ) from None
    if version != FORMAT:
        raise UnsupportedVersion(f"{where}: model format {version}, this pcbin reads {FORMAT}; upgrade pcbin")
    try:
        model, info = json.loads(metadata["pcbin.model"]), json.loads(metadata["pcbin.info"])
        sha256 = metadata["pcbin.sha256"]
        if canonical(model) != metadata["pcbin.model"]:
            raise ValueError("its JSON is not canonical")
        if hashlib.sha256(metadata["pcbin.info"].encode()).hexdigest() != metadata["pcbin.info_sha256"]:
            raise ValueError("its description was changed")
        if not isinstance(model, dict) or not isinstance(info, dict) or len(bytes.fromhex(sha256)) != 32:
            raise ValueError("its header is not of the form that the format asks for")
        wrong = _wrong_name(header)
        if wrong is not None:
            raise ValueError(f"a tensor called {wrong[:40]!r}")
        entries = {name: _entry(entry) for name, entry in header.items()}
        metadata["pcbin.model"].encode()  # a lone surrogate has no UTF-8: ValueError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise WeightsCorrupt(f"{where}: a damaged model file ({error}); {REMEDY}") from None
    return ModelHeader(model, info, sha256), entries, 8 + length


def _wrong_name(names: Iterable[str]) -> str | None:
    return next((name for name in names if not NAME.fullmatch(name)), None)


def _entry(entry: Any) -> Entry:
    begin, stop = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if (
        not all(type(n) is int and 0 <= n <= MAX_BYTES for n in (begin, stop, *shape))
        or len(shape) > 4
        or math.prod(n or 1 for n in shape) > MAX_BYTES
        or stop < begin
    ):
        raise ValueError(f"a tensor of shape {shape} at {begin} to {stop}")
    return DTYPES[entry["dtype"]], shape, begin, stop
