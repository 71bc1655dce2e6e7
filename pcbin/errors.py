"""Every error that pcbin raises on purpose.

::

    PcbinError
    ├── FormatError (ValueError)           the bytes are not what the format allows
    │   ├── NotPcb                         no pcbin file at all
    │   ├── UnsupportedVersion             written by a newer, incompatible pcbin
    │   ├── Truncated                      the bytes end too early
    │   ├── Checksum                       the bytes were changed
    │   └── Limit                          a length beyond the format's caps
    ├── ModelError                         something about the weights
    │   ├── ModelNotFound                  no installed model has that name or hash
    │   ├── ModelMismatch                  the file was written with another model
    │   └── WeightsCorrupt                 the weights do not match their hash
    ├── InputError (ValueError)            the caller's data or arguments cannot be used
    └── MissingDependency (ImportError)    an optional package is not installed

and one warning that programs can filter by, ``PcbinWarning`` (UserWarning).

Every message says what is wrong, where, and ends with what to do about it.
"""

from __future__ import annotations

import os


class PcbinError(Exception):
    """Base class of every error that pcbin raises on purpose."""


class FormatError(PcbinError, ValueError):
    """The bytes break a rule of the file format."""


class NotPcb(FormatError):
    """The bytes do not begin with the magic of a pcbin file."""


class UnsupportedVersion(FormatError):
    """The file needs a newer pcbin: another major version, or a feature this one does not know."""


class Truncated(FormatError):
    """The bytes end before the structure they announce."""


class Checksum(FormatError):
    """A checksum does not match: the bytes were changed after they were written."""


class Limit(FormatError):
    """A length is beyond the caps of the format."""


class ModelError(PcbinError):
    """Something about a model's weights."""


class ModelNotFound(ModelError):
    """No installed model has this name, path or hash."""


class ModelMismatch(ModelError):
    """The code was made by another model than the one given."""


class WeightsCorrupt(ModelError):
    """The weights do not match the hash they carry, or are not a pcbin model."""


class InputError(PcbinError, ValueError):
    """The caller's data or arguments cannot be used."""


class MissingDependency(PcbinError, ImportError):
    """An optional package is needed and not installed."""


class PcbinWarning(UserWarning):
    """What was asked for was done, and may not be what is wanted: look at the result."""


def missing(package: str, purpose: str, extra: str) -> MissingDependency:
    """The one sentence for an optional package that is not there."""
    return MissingDependency(f"{purpose} needs {package}: pip install 'pcbin[{extra}]'", name=package)


def displayed(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> str:
    r"""A path as messages hold it: bytes of a name that are not UTF-8 become escapes, ``\udcff``.

    Python keeps such bytes as lone surrogates, which no encoding takes.
    """
    return os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")
