"""Sections that the pages of several studies have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pcbin.arrays import grey_values
from pcbin.reproduce.clustering import figures
from pcbin.reproduce.clustering.consumer import Consumer, reconstructed
from pcbin.reproduce.clustering.trials import Study, Trial
from pcbin.reproduce.draw import images
from pcbin.reproduce.page import Page


def vendor_and_consumer(page: Page, found: Consumer, text: str) -> dict[str, Any]:
    """The text, and the classes in the consumer's clusters; returns the section's results."""
    page.heading("Vendor and consumer")
    page.text(text)
    page.figure(
        "confusion",
        figures.confusion(found.confusion),
        "Test images of each class in the consumer's clusters.",
    )
    return {**found._asdict(), "confusion": found.confusion.tolist()}


def reconstructions(page: Page, study: Study, systems: Iterable[tuple[str, str, int]], out: Path) -> None:
    """The first test image of each class as each system reconstructs it.

    systems: title, system and size of each.
    """
    first = np.unique(study.test.labels, return_index=True)[1]
    pixels = study.test.pixels[first]
    rows: list[tuple[str, Any]] = [("original", grey_values(pixels))]
    for title, system, size in systems:
        rows.append((title, reconstructed(study, Trial(system, size, 0, out), pixels)))
    page.heading("Reconstructions")
    page.figure(
        "reconstructions", images(rows), "The first test image of each class, seed 0 of every system."
    )
