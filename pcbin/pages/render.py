"""A cloud as a picture: shaded balls over a soft shadow, drawn by NumPy, without a display.

The page of `pcbin view` draws the same in JavaScript (draw.js): what is changed here is changed there.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pcbin.arrays import Float64
from pcbin.errors import InputError
from pcbin.pages.looks import CAMERA, ERRORS, FARTHEST, NEAR_AND_FAR, Camera

Pixels = npt.NDArray[np.uint8]
SIZES = (16, 4096)
"""Pixels a side."""
POINT = 0.021
"""The diameter of one of 2,048 points, in box diagonals."""
ROOM = 1.08
"""Box diagonals that a picture is wide: all of a cloud and of its shadow, however it is turned."""
LIGHT = np.array([-0.35, 0.65, 0.67])
"""To the right, upwards and to whoever looks; the lamp behind their left shoulder."""
FINE = (2, 4)
"""Each pixel is the mean of so many times so many: more in small pictures."""


def render(
    points: npt.ArrayLike,
    error: npt.ArrayLike | None = None,
    *,
    size: int = 512,
    camera: Camera = CAMERA,
    background: tuple[int, int, int] = (255, 255, 255),
) -> Pixels:
    """The picture of a cloud, (size, size, 3) bytes of RGB.

    Args:
        points: (N, 3), y up, in any place and of any size: it is centred and scaled to fit.
        error: (N,) how far each point is from where it ought to be, in diagonals of the bounding box; it
            gives the colours. None colours by nearness.
        size: Pixels a side, 16 to 4096.
        camera: Where it is seen from.
        background: Red, green and blue.

    Raises:
        InputError: No cloud, or another size.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise InputError(f"size = {size}; use {SIZES[0]} to {SIZES[1]} pixels")
    cloud = centred(points)
    right, up, near = camera.project(cloud)
    fine = min(max(1200 // size, FINE[0]), FINE[1])
    wide = fine * size
    scale = wide / ROOM
    page = np.tile(np.array(background, np.float32), (wide, wide, 1))
    page *= 1 - _shadow(cloud, camera, wide)[..., None]
    radius = max(scale * POINT / 2 * min(2.0, float(np.sqrt(2048 / len(cloud)))), 1.0)
    columns, rows = wide / 2 + scale * right, wide / 2 - scale * up
    owner, shade = _balls(columns, rows, scale * near, radius, wide)
    seen = owner >= 0
    page[seen] = _colours(near, error)[owner[seen]] * shade[seen, None]
    mean = page.reshape(size, fine, size, fine, 3).mean(axis=(1, 3))
    found: Pixels = np.clip(mean + 0.5, 0, 255).astype(np.uint8)
    return found


def png(image: Pixels) -> bytes:
    """An RGB image as the bytes of a PNG file."""
    height, width, _ = image.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with its filter, here none
    rows[:, 1:] = image.reshape(height, -1)
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b"")]
    found = b"\x89PNG\r\n\x1a\n"
    for kind, body in parts:
        found += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return found


def centred(points: npt.ArrayLike) -> Float64:
    """The (N, 3) points with their box's centre at the origin and its diagonal 1. Raises InputError."""
    from pcbin.arrays import as_points, normalise

    return normalise(as_points(points, what="points"))[0].astype(np.float64)


def _balls(
    columns: Float64, rows: Float64, depth: Float64, radius: float, wide: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """(wide, wide) which ball each pixel shows, -1 none, and how bright it is there."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = x**2 + y**2 <= radius**2
    x, y = x[inside], y[inside]
    out = np.sqrt(np.maximum(radius**2 - x**2 - y**2, 0))
    normal = np.stack([x, -y, out]) / radius
    light = np.clip(LIGHT / np.linalg.norm(LIGHT) @ normal, 0, 1)
    bright = (0.62 + 0.46 * light) * (1 - 0.28 * (1 - normal[2]) ** 2)  # darker rims keep balls apart
    left, top = np.rint(columns).astype(int), np.rint(rows).astype(int)
    ball, part = (some.ravel() for some in np.indices((len(left), len(x))))
    column, row = left[ball] + x[part], top[ball] + y[part]
    shown = (column >= 0) & (column < wide) & (row >= 0) & (row < wide)
    ball, part, at = ball[shown], part[shown], row[shown] * wide + column[shown]
    order = np.argsort((depth[ball] + out[part]).astype(np.float32), kind="stable")
    owner = np.full(wide * wide, -1, np.intp)
    shade = np.zeros(wide * wide, np.float32)
    owner[at[order]] = ball[order]  # the last one, the nearest, stays
    shade[at[order]] = bright[part[order]]
    return owner.reshape(wide, wide), shade.reshape(wide, wide)


def _colours(near: Float64, error: npt.ArrayLike | None) -> npt.NDArray[np.float32]:
    """(N, 3) from 0 to 255."""
    pale = np.clip(0.5 - near / 0.9, 0, 1)  # 0 is nearest
    if error is None:
        stops = np.linspace(0, 1, len(NEAR_AND_FAR))
        return _between(stops, NEAR_AND_FAR, pale)
    places, colours = zip(*ERRORS, strict=True)
    found = _between(np.array(places), colours, np.asarray(error, float) / FARTHEST)
    white = (0.45 * pale[:, None]).astype(np.float32)
    return found * (1 - white) + 255 * white


def _between(stops: Float64, colours: Any, values: Float64) -> npt.NDArray[np.float32]:
    rgb = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours])
    return np.stack([np.interp(values, stops, one) for one in rgb.T], axis=1).astype(np.float32)


def _shadow(cloud: Float64, camera: Camera, wide: int) -> npt.NDArray[np.float32]:
    """(wide, wide) how dark the ground is, from 0 to 1: what a lamp above throws on it, blurred."""
    from scipy.ndimage import gaussian_filter, zoom

    cells = 128
    ground = cloud.copy()
    ground[:, 1] = cloud[:, 1].min() - 0.005
    right, up, _ = camera.project(ground)
    half = ROOM / 2
    counts, _, _ = np.histogram2d(-up, right, bins=cells, range=[(-half, half), (-half, half)])
    blurred = gaussian_filter(counts, (1.1, 1.9), truncate=3)  # flatter, as the ground is seen from the side
    dark = 0.3 * (1 - np.exp(-blurred * 620 / len(cloud)))
    found: npt.NDArray[np.float32] = zoom(dark, wide / cells, order=1, grid_mode=True, mode="nearest")
    return found[:wide, :wide].astype(np.float32)


def sheet(images: Sequence[Pixels]) -> Pixels:
    """Pictures of one size side by side, in rows of about as many as there are rows."""
    columns = int(np.ceil(np.sqrt(len(images))))
    blank = np.full_like(images[0], 255)
    rows = [images[start : start + columns] for start in range(0, len(images), columns)]
    filled = [[*row, *[blank] * (columns - len(row))] for row in rows]
    found: Pixels = np.concatenate([np.concatenate(row, axis=1) for row in filled])
    return found
