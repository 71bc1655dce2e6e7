"""The benchmark of speed: timing in turns, its report, the comparison of two runs, one whole small run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main
from benchmarks.rate_distortion.progress import Progress
from benchmarks.speed import case, report
from benchmarks.speed.case import Case, Timed, measure
from pcbin.errors import InputError


class Quiet(Progress):
    def say(self, line: str) -> None:
        pass


def test_cases_take_turns_after_a_first_call() -> None:
    calls: list[str] = []
    cases = [Case("g", name, partial(calls.append, name), reference=name == "a") for name in "ab"]
    rows = measure(cases, 3, Quiet())
    assert calls == list("ab" * 4)
    assert [row.name for row in rows] == ["a", "b"]
    assert rows[0].ratio == 1
    assert rows[1].ratio == rows[1].median_ms / rows[0].median_ms


def test_slow_cases_run_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case, "BUDGET_S", 0.0)
    calls: list[int] = []
    measure([Case("g", "a", lambda: calls.append(1), reference=True)], 5, Quiet())
    assert len(calls) == 2, "the first call, and one that is timed"


def rows(slower: float) -> list[Timed]:
    facts: dict[str, Any] = {"bits": 128.0, "chamfer_e3": 0.5}
    return [
        Timed("encode one cloud", "peer", 2.0 * slower, 1.0, 1.0, facts),
        Timed("encode one cloud", "pcbin", 6.0 * slower, 5.0, 3.0 * slower, facts),
        Timed("cores", "two", 6.0, 5.0, 1.0, {"cores": 2}),
    ]


def test_a_run_is_written_and_read(tmp_path: Path) -> None:
    about = {"machine": "one", "versions": {"pcbin": "0"}}
    report.write(tmp_path, about, rows(1))
    assert report.read(tmp_path) == report.read(tmp_path / "speed.json") == rows(1)
    text = (tmp_path / "speed.md").read_text()
    assert "| pcbin | 6.000 | 5.000 | 3.00 | 128 | 0.500 |" in text


def test_runs_are_compared_by_their_ratios(tmp_path: Path, capsys: Any) -> None:
    about = {"machine": "one", "versions": {}}
    for name, found in (("old", [*rows(1), Timed("cores", "gone", 1, 1, 1, {})]), ("new", rows(2))):
        (tmp_path / name).mkdir()
        report.write(tmp_path / name, about, found)
    assert main(["compare", str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    said = capsys.readouterr().out
    assert "| pcbin | 3.00 | 6.00 | 2.00 x |" in said
    assert "Not measured now: gone (cores)" in said


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2, "cases": []}', '{"version": 1, "cases": [{}]}'])
def test_other_files_are_refused(tmp_path: Path, text: str, capsys: Any) -> None:
    path = tmp_path / "speed.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"speed\.json"):
        report.read(path)
    assert main(["compare", str(path), str(path)]) == 1
    assert "error" in capsys.readouterr().err


@pytest.mark.slow
def test_a_whole_small_run(tmp_path: Path) -> None:
    pytest.importorskip("DracoPy")
    pytest.importorskip("matplotlib")
    assert main(["--quick", "-o", str(tmp_path)]) == 0
    names = {row.group for row in report.read(tmp_path)}
    assert {"encode one cloud", "decode batches", "points in", "whole process"} <= names
    assert (tmp_path / "speed-distance.png").stat().st_size > 10_000
