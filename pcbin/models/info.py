"""What a model's file says to people, read and checked once (spec: formats/model-v1.md, section 4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pcbin.formats.nesting import deeper
from pcbin.models.description import refusing

MAX_TEXT = 10_000
MAX_SETS = 1000
MAX_COUNT = 2**53
MAX_DEPTH = 64
"""Whoever prints the document may use recursion."""
STATISTICS = ("mean", "p1", "p50", "p99")


@refusing()
def check_info(info: Mapping[str, Any]) -> None:
    """Raises WeightsCorrupt unless each key that the specification names has a value as it says."""
    _need(not deeper(info, MAX_DEPTH), f"nesting of more than {MAX_DEPTH} levels")
    for key in ("name", "description", "license", "pcbin"):
        _need(info.get(key) is None or _is_text(info[key]), key)
    _need(info.get("steps") is None or _is_count(info["steps"]), "steps")
    sets = info.get("training_set")
    _need(sets is None or (isinstance(sets, list) and len(sets) <= MAX_SETS), "training_set")
    for one in sets or ():
        _need(isinstance(one, dict) and _is_text(one.get("path")), "training_set")
        counts = [one[kind] for kind in ("clouds", "images") if kind in one]
        _need(all(map(_is_count, counts)), "training_set")
    parts = info.get("chamfer_e3")
    _need(parts is None or isinstance(parts, dict), "chamfer_e3")
    for part in (parts or {}).values():
        _need(isinstance(part, dict) and len(part) <= MAX_SETS, "chamfer_e3")
        for numbers in part.values():
            _need(isinstance(numbers, dict), "chamfer_e3")
            _need(all(_is_number(numbers.get(key)) for key in STATISTICS if key in numbers), "chamfer_e3")
            _need("mean" in numbers and "p99" in numbers, "chamfer_e3")


def _need(condition: bool, key: str) -> None:
    if not condition:
        raise ValueError(f"{key} of its info document")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MAX_COUNT


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= MAX_COUNT and math.isfinite(value)
