"""The card of `cells` publishes what the benchmark of the default command measured."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ROWS = {
    "chairs": "ModelNet10 chairs",
    "princeton": "Princeton Shape Benchmark",
    "unseen parts": "electronic parts",
}

BITS = (128, 256, 512, 1024, 2048)


@pytest.fixture(scope="module")
def results() -> list[dict[str, Any]]:
    path = ROOT / "docs" / "results" / "any-object" / "results.json"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ROWS)
def test_the_table_of_the_card(name: str, results: list[dict[str, Any]]) -> None:
    card = (ROOT / "models" / "cells" / "README.md").read_text(encoding="utf-8")
    [row, bits] = re.findall(rf"^\| {ROWS[name]}.*$\n^\| bits on average.*$", card, re.M)[0].splitlines()
    measured = {one["at_most_bits"]: one for one in results if one["set"] == name}
    assert f"{measured[128]['clouds']} clouds" in row
    shown = [cell.strip() for cell in row.split("|")[2:-1]]
    assert shown == [
        f"{measured[b]['chamfer_e3']:.3f}" if b in measured else "–" for b in (128, 256, 512, 1024, 2048)
    ]
    shown = [cell.strip() for cell in bits.split("|")[2:-1]]
    assert shown == [
        f"{measured[b]['mean_bits']:.0f}" if b in measured else "–" for b in (128, 256, 512, 1024, 2048)
    ]


def test_no_code_is_longer_than_was_asked_for(results: list[dict[str, Any]]) -> None:
    assert all(one["longest"] <= one["at_most_bits"] for one in results)
    assert not any(one["failed"] for one in results)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("chairs", "ModelNet10 test chairs"),
        ("princeton", "Princeton Shape Benchmark"),
        ("unseen parts", "electronic parts of families"),
    ],
)
def test_the_table_of_the_readme(name: str, label: str, results: list[dict[str, Any]]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [row] = re.findall(rf"^\| {label}.*$", readme, re.M)
    measured = {one["at_most_bits"]: one for one in results if one["set"] == name}
    shown = [cell.strip() for cell in row.split("|")[2:-1]]
    assert shown == [f"{measured[b]['chamfer_e3']:.3f}" if b in measured else "–" for b in BITS]


def test_bits_for_a_distance(results: list[dict[str, Any]]) -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    for limit in ("0.86", "0.46"):
        [row] = re.findall(rf"^\| {limit} \|.*$", page, re.M)
        budget, mean, chamfer = (cell.strip() for cell in row.split("|")[2:5])
        measured = [one for one in results if one["set"] == "chairs" and one["chamfer_e3"] <= float(limit)]
        best = min(measured, key=lambda one: one["at_most_bits"])
        assert budget == f"{best['at_most_bits']} bits"
        assert (mean, chamfer) == (f"{best['mean_bits']:.0f}", f"{best['chamfer_e3']:.3f}")


def test_the_table_of_scans() -> None:
    folder = ROOT / "docs" / "results" / "any-object"
    page = (ROOT / "docs" / "scans.md").read_text(encoding="utf-8")
    measured = {one["scan"]: one for one in json.loads((folder / "scans.json").read_text(encoding="utf-8"))}
    shown = [row.split("|")[3].strip() for row in page.splitlines() if row.startswith("| ")][1:]
    assert shown[1:] == [
        f"{measured[scan][distance]:.3f}"
        for scan, distance in (
            ("noise", "to_clean_e3"),
            ("noise", "to_scan_e3"),
            ("outliers", "to_clean_e3"),
            ("half", "to_scan_e3"),
        )
    ]
    assert all(one["split"] == "test" and one["at_most_bits"] == 256 for one in measured.values())
