"""How deep documents are nested, found without recursion."""

from __future__ import annotations

from typing import Any


def deeper(value: Any, most: int) -> bool:
    """Whether lists and dictionaries are nested more than `most` deep."""
    level = [value]
    for _ in range(most + 1):
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            return False
        level = [item for one in level for item in (one.values() if isinstance(one, dict) else one)]
    return True
