"""Sections that the pages of several studies have."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from pcbin.arrays import grey_values
from pcbin.reproduce import charts
from pcbin.reproduce.clustering.consumer import Consumer, reconstructed
from pcbin.reproduce.clustering.trials import Study, Trial
from pcbin.reproduce.draw import images
from pcbin.reproduce.page import Page


def vendor_and_consumer(page: Page, found: Consumer, labels: Any, text: str) -> dict[str, Any]:
    """The text, and the classes in the consumer's clusters; returns the section's results.

    labels: (S,), of the test images.
    """
    page.heading("Vendor and consumer")
    page.text(text)
    page.figure(
        "confusion",
        charts.confusion,
        "How many test images of each class are in each of the consumer's clusters. The colour is the share "
        "of the class: a row is 100 %.",
        table=found.confusion,
        classes=[str(label) for label in np.unique(labels)],
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
        "reconstructions",
        images,
        "The first test image of each class, seed 0 of every system.",
        rows=rows,
    )
