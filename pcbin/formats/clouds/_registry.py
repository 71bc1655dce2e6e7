"""The formats that are known: the built-in ones, registered ones, and those of installed packages."""

from __future__ import annotations

import functools
import os
import warnings
from importlib import import_module
from typing import Any, Literal, NamedTuple

from pcbin.errors import InputError, displayed
from pcbin.formats.clouds._types import CloudFormat

ENTRY_POINTS = "pcbin.clouds"
"""The entry-point group: each entry names a CloudFormat."""

_HERE = "pcbin.formats.clouds"
_formats: dict[str, CloudFormat] = {
    f.name: f
    for f in (
        CloudFormat("ply", (".ply",), f"{_HERE}.ply:read", f"{_HERE}.ply:write"),
        CloudFormat("xyz", (".xyz", ".txt", ".pts", ".asc"), f"{_HERE}.text:read", f"{_HERE}.text:write_xyz"),
        CloudFormat("csv", (".csv",), f"{_HERE}.text:read", f"{_HERE}.text:write_csv"),
        CloudFormat("npy", (".npy",), f"{_HERE}.npy:read", f"{_HERE}.npy:write"),
        CloudFormat("npz", (".npz",), f"{_HERE}.npz:read", f"{_HERE}.npz:write", arrays=True),
        CloudFormat("off", (".off",), f"{_HERE}.off:read", f"{_HERE}.off:write"),
        CloudFormat("obj", (".obj",), f"{_HERE}.obj:read", f"{_HERE}.obj:write"),
        CloudFormat("stl", (".stl",), f"{_HERE}.stl:read", None),
        CloudFormat("gltf", (".glb", ".gltf"), f"{_HERE}.gltf:read", None),
        CloudFormat("3mf", (".3mf",), f"{_HERE}.threemf:read", None),
        CloudFormat("las", (".las", ".laz"), f"{_HERE}.las:read", None, extra="las"),
        CloudFormat("e57", (".e57",), f"{_HERE}.e57:read", None, extra="e57"),
        CloudFormat("pcd", (".pcd",), f"{_HERE}.pcd:read", f"{_HERE}.pcd:write"),
    )
}


class _Plugins(NamedTuple):
    formats: dict[str, CloudFormat]
    failures: dict[str, str]  # entry point -> what went wrong


def register(format: CloudFormat, *, replace: bool = False) -> None:
    """Adds a format for this process.

    Raises InputError: the name or a suffix is malformed, or taken and `replace` is not set. A replacing
    format takes over the suffixes it lists.
    """
    if not format.name or format.name != format.name.lower().strip("."):
        raise InputError(f"format {format.name!r}: a name is lower case, without dots at its ends")
    for suffix in format.suffixes:
        if suffix != suffix.lower() or not suffix.startswith(".") or len(suffix) < 2:
            raise InputError(
                f"format {format.name!r}: suffix {suffix!r} is not lower case with a leading dot"
            )
    if not replace:
        taken = {s: f.name for f in _formats.values() for s in f.suffixes}
        if format.name in _formats:
            raise InputError(f"format {format.name!r} exists; pass replace=True to take its place")
        for suffix in format.suffixes:
            if suffix in taken:
                raise InputError(
                    f"suffix {suffix!r} belongs to {taken[suffix]!r}; pass replace=True to take it"
                )
    _formats.pop(format.name, None)  # so that the newest comes last and wins its suffixes
    _formats[format.name] = format


def formats() -> dict[str, CloudFormat]:
    """All formats by name, also those of installed packages; broken packages give a RuntimeWarning."""
    plugins = _plugins()
    for problem in plugins.failures.values():
        warnings.warn(problem, RuntimeWarning, stacklevel=2)
    return {**plugins.formats, **_formats}


def format_of(
    path: str | os.PathLike[str], *, format: str | None = None, writing: bool = False
) -> CloudFormat:
    """The format called `format` (a name, or a suffix with or without its dot), else that of the suffix.

    A trailing ".gz" is looked through when reading. Raises InputError: unknown, or cannot be read (written).
    """
    path = displayed(path)
    lowered = path.lower()
    if lowered.endswith(".gz") and format is None:
        if writing:
            raise InputError(f"{path}: pcbin writes no .gz clouds; omit the .gz and run gzip afterwards")
        lowered = lowered[: -len(".gz")]
    found = _find(_formats, lowered, format)
    failures: dict[str, str] = {}
    if found is None:  # only now: looking through the installed packages takes a while
        plugins = _plugins()
        found, failures = _find(plugins.formats, lowered, format), plugins.failures
    if found is None:
        raise InputError(_unknown(path, format, failures))
    if (found.write if writing else found.read) is None:
        verb, field = ("written", "write") if writing else ("read", "read")
        others = ", ".join(sorted(f.name for f in _formats.values() if getattr(f, field) is not None))
        raise InputError(f"{path}: {found.name} cannot be {verb}; use one of: {others}")
    return found


def function_of(format: CloudFormat, direction: Literal["read", "write"]) -> Any:
    """The reader or writer of a format, imported if the format gives its dotted name."""
    target = getattr(format, direction)
    if not isinstance(target, str):
        return target
    module, _, attribute = target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"format {format.name!r}: its function {target!r} cannot be imported ({error}); "
            "install or repair the package it comes from"
        ) from error


def _find(known: dict[str, CloudFormat], path: str, format: str | None) -> CloudFormat | None:
    if format is not None:
        wanted = format.lower().lstrip(".")
        if wanted in known:
            return known[wanted]
        path = f".{wanted}"
    # The longest suffix wins (".las.zst" before ".zst"), then the newest.
    ending = [(len(s), k, f) for k, f in enumerate(known.values()) for s in f.suffixes if path.endswith(s)]
    return max(ending, key=lambda entry: entry[:2])[2] if ending else None


def _unknown(path: str, format: str | None, failures: dict[str, str]) -> str:
    if format is not None:
        problem = f"unknown format {format!r}"
    else:
        suffix = os.path.splitext(path)[1]  # noqa: PTH122  a path may also be "-" or "<stdin>"
        problem = f"unknown suffix {suffix!r}" if suffix else "no suffix that tells the format"
    known = {**_plugins().formats, **_formats}
    readers = sorted((suffix, one.extra) for one in known.values() for suffix in one.suffixes)
    suffixes = ", ".join(f"{suffix} (pcbin[{extra}])" if extra else suffix for suffix, extra in readers)
    broken = "".join(f" ({problem})" for problem in failures.values())
    names = ", ".join(sorted(known))
    return f"{path}: {problem}{broken}; name a format ({names}) or use a suffix of: {suffixes}"


@functools.cache
def _plugins() -> _Plugins:
    """The formats of installed packages. A package that fails does not hide the others."""
    from importlib.metadata import entry_points

    plugins = _Plugins({}, {})
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            format = entry.load()
            if not isinstance(format, CloudFormat):
                raise TypeError(f"it is {type(format).__name__}, not a CloudFormat")
        except Exception as error:  # the import of a third-party package may raise anything
            plugins.failures[entry.name] = (
                f"the plugin {entry.name!r} ({entry.value}) does not load: {type(error).__name__}: {error}; "
                "update or uninstall its package"
            )
            continue
        plugins.formats.setdefault(format.name, format)
    return plugins
