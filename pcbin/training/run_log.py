"""The log of a run: a CSV file that survives a kill, and TensorBoard's files on request."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pcbin.errors import missing
from pcbin.formats.atomic import write_atomic

NAME = "log.csv"
BOARD = "tensorboard"


class RunLog:
    """A line of losses and scores after each validation. Lines after `step`, the checkpoint's, are dropped.

    metric: the name of the reconstruction term. tensorboard: also write event files, below the folder.
    Raises MissingDependency where TensorBoard is wanted and missing.
    """

    def __init__(self, folder: Path, metric: str, *, step: int = 0, tensorboard: bool = False) -> None:
        self.header = ["step", "seconds", "rate", "total", metric, "kl", "terms", "validation"]
        self._path = folder / NAME
        self._cut(step)
        self._board: Any = None
        if tensorboard:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                raise missing("tensorboard", "writing TensorBoard's files", "tensorboard") from None
            self._board = SummaryWriter(str(folder / BOARD), purge_step=step + 1)

    def close(self) -> None:
        if self._board is not None:
            self._board.close()

    def write(
        self,
        step: int,
        seconds: float,
        rate: float,
        losses: Mapping[str, float],
        validation: Mapping[str, Mapping[str, float]],
    ) -> None:
        """losses: means since the last line: total, the reconstruction, kl, and the latent's terms."""
        main = [losses[name] for name in ("total", self.header[4], "kl")]
        terms = {name: round(v, 4) for name, v in losses.items() if name.startswith("term ")}
        row = [step, f"{seconds:.1f}", f"{rate:.2e}", *(f"{v:.4f}" for v in main), json.dumps(terms)]
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow([*row, json.dumps(validation)])
        if self._board is not None:
            self._board.add_scalar("rate", rate, step)
            for name, value in losses.items():
                self._board.add_scalar(f"training/{name}", value, step)
            for name, scores in validation.items():
                for key, value in scores.items():
                    self._board.add_scalar(f"validation/{name}/{key}", value, step)
            self._board.flush()

    def _cut(self, step: int) -> None:
        """Drops the lines after `step`: a killed run may have logged more than its checkpoint holds."""
        rows = [self.header]
        if self._path.exists():
            with self._path.open(newline="", encoding="utf-8") as file:
                found = [row for row in csv.reader(file) if len(row) == len(self.header)]
            rows += [row for row in found if row[0].isdigit() and int(row[0]) <= step]
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        write_atomic(self._path, text.getvalue().encode(), overwrite=True)
