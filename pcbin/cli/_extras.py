"""Commands that need packages of an extra, imported when the command runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pcbin.errors import PcbinError, missing


@contextmanager
def needing(*packages: str, purpose: str, extra: str) -> Iterator[None]:
    """Turns a failed import of one of the packages in its block into the sentence that says what to install.

    Raises MissingDependency.
    """
    try:
        yield
    except ImportError as error:
        if isinstance(error, PcbinError) or error.name not in packages:
            raise
        raise missing(str(error.name), purpose, extra) from None
