"""Names that become names of files: of models and runs, and of what archives hold."""

from __future__ import annotations

import re

MAX_NAME = 64
_NAME = re.compile(rf"[A-Za-z0-9_-][A-Za-z0-9_.-]{{0,{MAX_NAME - 1}}}")
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE | re.DOTALL
)
RULE = f"use up to {MAX_NAME} of the letters a to z, digits, '-', '_' and '.'"


def is_name(text: object) -> bool:
    """Whether a model or a run may be called so: letters that only look like others are not taken."""
    return (
        isinstance(text, str)
        and _NAME.fullmatch(text) is not None
        and not text.endswith(".")
        and not is_reserved(text)
    )


def is_reserved(part: str) -> bool:
    """Whether a part of a path is a device on Windows, with any suffix: CON, nul.txt, COM1."""
    return _RESERVED.fullmatch(part.rstrip(". ")) is not None


def text_of(name: str | bytes) -> str:
    """A name that metadata hold, as Python writes file names; `stored_name` undoes it."""
    return name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name


def stored_name(name: str) -> str | bytes:
    """A name as metadata holds it: text, or the very bytes of a name that is not UTF-8."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
