"""Which models' weights are openly licensed, for those who may use no others."""

from __future__ import annotations

import os
import re
from typing import Any, Literal, get_args

from pcbin.errors import InputError

Licence = Literal["any", "open"]
LICENCES: tuple[Licence, ...] = get_args(Licence)
VARIABLE = "PCBIN_LICENCE"
OPEN = frozenset((
    "0bsd", "apache", "bsd-2-clause", "bsd-3-clause", "cc-by", "cc-by-sa", "cc0", "cdla-permissive", "isc",
    "mit", "mit-0", "odbl", "odc-by", "pddl", "unlicense", "zlib",
))  # fmt: skip
"""SPDX identifiers, without versions, of licences that allow any use, a commercial one too."""
_VERSION = re.compile(r"-\d+(\.\d+)*$")


def is_open(licence: object) -> bool:
    """Whether the licence in a model's information allows any use of its weights.

    It may be an SPDX expression, with an explanation in brackets: "CC-BY-SA-4.0 (trained on ...)". Words that
    are no SPDX identifier are not taken for an open licence, nor is a missing licence.
    """
    choices = re.split(r"\s+or\s+", short(licence).lower())
    return any(all(map(_is_one, re.split(r"\s+and\s+", choice))) for choice in choices)


def short(licence: object) -> str:
    """A licence without its explanation in brackets; "" for none."""
    return licence.partition("(")[0].strip() if isinstance(licence, str) else ""


def _is_one(identifier: str) -> bool:
    return identifier in OPEN or _VERSION.sub("", identifier) in OPEN


def only_open(licence: Licence | None) -> bool:
    """Whether only openly licensed weights are wanted; None: as the environment says, and any by default.

    Raises InputError for what is neither "any" nor "open".
    """
    wanted: object = (os.environ.get(VARIABLE) or "any") if licence is None else licence
    if not isinstance(wanted, str) or wanted not in LICENCES:
        name = VARIABLE if licence is None else "licence"
        raise InputError(f"{name} = {wanted!r}; use 'any' or 'open'")
    return wanted == "open"


def check_licence(name: str, info: dict[str, Any], licence: Licence | None) -> None:
    """Raises InputError where only openly licensed weights are wanted, and those of a model are not."""
    if only_open(licence) and not is_open(info.get("license")):
        found = short(info.get("license")) or "not stated"
        raise InputError(
            f"model {name}: its licence is {found}, and only openly licensed models are wanted; choose one "
            "(see `pcbin models list`), or allow all models with --licence any (in Python licence='any', in "
            f"the environment {VARIABLE}=any)"
        )
