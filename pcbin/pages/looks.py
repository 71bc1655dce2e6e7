"""How pages and pictures look, wherever pcbin makes one: the style of a page, colours, and the camera."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pcbin.arrays import Float64

STYLE = """
:root { --ink: #1c2126; --quiet: #5b6570; --line: #dfe3e7; --link: #0067a3 }
* { box-sizing: border-box }
html { scroll-behavior: smooth; scroll-padding-top: 3.5rem; -webkit-text-size-adjust: 100% }
body { font: 16px/1.6 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: #fff;
       margin: 0 }
a { color: var(--link); text-decoration: none }
a:hover { text-decoration: underline }
.bar { position: sticky; top: 0; z-index: 1; background: #fffffff2; border-bottom: 1px solid var(--line) }
.bar nav { max-width: 64rem; margin: 0 auto; padding: .6rem 1.2rem; display: flex; flex-wrap: wrap;
           gap: .2rem 1.2rem; font-size: .93rem }
.bar b { margin-right: .4rem }
.bar [aria-current] { color: var(--ink); font-weight: 600 }
header, main, footer { max-width: 64rem; margin: 0 auto; padding: 0 1.2rem }
header { padding-top: 2rem }
h1 { font-size: clamp(1.45rem, 4.5vw, 2rem); line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance }
.about { color: var(--quiet); font-size: .93rem; margin: 0 0 1.2rem }
.sections { border: 1px solid var(--line); border-radius: 6px; padding: .7rem 1rem; font-size: .95rem }
.sections ol { columns: 15rem 3; column-gap: 2.2rem; margin: 0; padding-left: 1.4rem }
.sections li { break-inside: avoid; padding-right: .6rem }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 2.8rem 0 .6rem; padding-top: 1.2rem;
     border-top: 1px solid var(--line) }
p { max-width: 48rem }
figure { margin: 1.4rem 0 }
figcaption { color: var(--quiet); font-size: .9rem; line-height: 1.5; padding: .5rem 0; max-width: 52rem }
.wide { overflow-x: auto; background:
  linear-gradient(to left, #fff 30%, #fff0) right / 3rem 100% no-repeat local,
  linear-gradient(to left, #0002, #0000) right / 1rem 100% no-repeat scroll }
img { display: block; max-width: 100%; height: auto }
table { border-collapse: collapse; min-width: 100%; font-size: .93rem; font-variant-numeric: tabular-nums }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap }
th { white-space: normal; vertical-align: bottom; line-height: 1.3; min-width: 4rem }
th:first-child, td:first-child { text-align: left; padding-left: 0; position: sticky; left: 0;
                                 background: #fff }
thead th { border-bottom: 2px solid #8a949e }
tbody tr:hover td { background: #f5f7f9 }
code { background: #f1f3f5; padding: .1rem .3rem; border-radius: 3px; font-size: .9em;
       overflow-wrap: anywhere }
footer { color: var(--quiet); font-size: .85rem; padding-top: 2.5rem; padding-bottom: 3rem }
@media (max-width: 40rem) {
  img { max-width: none; width: 36rem }
  td:first-child { white-space: normal; min-width: 7.5rem; line-height: 1.3 }
}
@media print {
  .bar, .sections { display: none }
  .wide { overflow: visible }
  img { width: auto; max-width: 100% }
}
"""
BLUE, SKY, GREEN, VERMILION, ORANGE, PINK = "#0072b2", "#56b4e9", "#009e73", "#d55e00", "#e69f00", "#cc79a7"
INDIGO, TEAL, OLIVE, WINE, GREY = "#332288", "#44aa99", "#999933", "#882255", "#7f7f7f"
"""Those of Okabe and Ito (2008) and of Tol's "muted" scheme (2021), which people with colour blindness tell
apart."""
NEAR_AND_FAR = ("#10324f", "#2f6496", "#7fa3c4", "#c3d3e2")
ERRORS = (
    (0.0, "#2a5f92"), (0.18, "#5585b0"), (0.34, "#aebbc7"),
    (0.5, "#f0b469"), (0.75, "#d55e00"), (1.0, "#6e1a00"),
)  # fmt: skip
"""Two samplings of one surface are about 0.2 apart: they stay blue."""
FARTHEST = 0.06
"""The distance, in box diagonals, from which points have the last colour: the same in all pictures."""


class Camera(NamedTuple):
    """Where a cloud, y up, is seen from: in degrees to the right of its front, and above."""

    turn: float = 35.0
    tilt: float = 22.0

    def project(self, points: Float64) -> tuple[Float64, Float64, Float64]:
        """A (N, 3) cloud -> screen x, screen y, nearness, each (N,). The projection is orthographic."""
        (x, y, z), turn, tilt = points.T, np.radians(self.turn), np.radians(self.tilt)
        right, depth = x * np.cos(turn) - z * np.sin(turn), x * np.sin(turn) + z * np.cos(turn)
        return right, y * np.cos(tilt) - depth * np.sin(tilt), y * np.sin(tilt) + depth * np.cos(tilt)


CAMERA = Camera()
