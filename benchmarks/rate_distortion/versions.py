"""What a result was measured with."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from pcbin.models import zoo

PACKAGES = ("pcbin", "numpy", "scipy", "zstandard", "DracoPy", "laspy", "lazrs", "pcodec", "matplotlib")


def versions(model: str) -> dict[str, str]:
    """Name -> version; the model's is the start of its hash."""
    found = {"Python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    header = zoo.read_header(zoo.find(model))
    found[f"model {model}"] = header.sha256[:16]
    return found
