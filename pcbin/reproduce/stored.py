"""What figures are drawn from, as JSON: arrays among lists, numbers and text."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

ARRAY = "array"


def plain(value: Any) -> Any:
    """A value as JSON has it. Arrays become bytes in base64: of float16, which pictures do not tell from
    float32, or of int32.
    """
    if isinstance(value, np.ndarray):
        kind = "<f2" if value.dtype.kind == "f" else "<i4"
        data = base64.b64encode(np.ascontiguousarray(value, dtype=kind).tobytes()).decode()
        return {ARRAY: kind, "shape": list(value.shape), "data": data}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value


def restored(value: Any) -> Any:
    """The value again, with lists for tuples."""
    if isinstance(value, dict):
        if ARRAY in value:
            flat = np.frombuffer(base64.b64decode(value["data"]), dtype=value[ARRAY])
            return flat.reshape(value["shape"])
        return {key: restored(one) for key, one in value.items()}
    return [restored(one) for one in value] if isinstance(value, list) else value
