"""What the study answers: does pcbin beat every rival that may spend up to five times its bits?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .measure import Row

TIMES = 5


@dataclass(frozen=True)
class Verdict:
    """One rate of pcbin beside the best rival at up to `TIMES` its payload bits."""

    pcbin: str
    bits: float
    chamfer_e3: float
    rival: str | None
    """None where no rival works with so few bits."""
    rival_bits: float | None
    rival_chamfer_e3: float | None
    wins: bool
    """pcbin's mean Chamfer distance is lower."""


def verdicts(rows: Sequence[Row]) -> list[Verdict]:
    """One for each row of pcbin."""
    rivals = [row for row in rows if row.kind != "pcbin"]
    found = []
    for ours in (row for row in rows if row.kind == "pcbin"):
        near = [row for row in rivals if row.payload_bits <= TIMES * ours.payload_bits]
        best = min(near, key=lambda row: row.chamfer_e3, default=None)
        found.append(
            Verdict(
                pcbin=f"{ours.scheme}, {ours.setting}",
                bits=ours.payload_bits,
                chamfer_e3=ours.chamfer_e3,
                rival=f"{best.scheme}, {best.setting}" if best else None,
                rival_bits=best.payload_bits if best else None,
                rival_chamfer_e3=best.chamfer_e3 if best else None,
                wins=best is None or ours.chamfer_e3 < best.chamfer_e3,
            )
        )
    return found
