"""Point clouds in the files that other programs read and write: PLY, XYZ, CSV, NPY, NPZ, OFF, OBJ, STL, PCD.

::

    cloud = read_cloud("chair.ply")            # cloud.points: (N, 3) float64
    cloud = cloud_of(trimesh.load("chair.ply"))
    with open("chair.xyz", "wb") as target:
        write_cloud(target, cloud.points, "xyz")

Meshes are sampled by area. Other packages add formats with `register` or the entry-point group
``pcbin.clouds``. Only InputError leaves the readers, whatever the bytes. The parsers are imported when
they are first used.
"""

from pcbin.formats.clouds._folder import is_cloud
from pcbin.formats.clouds._io import SAMPLES, cloud_of, read_cloud, write_cloud
from pcbin.formats.clouds._registry import format_of, formats, register
from pcbin.formats.clouds._types import Cloud, CloudFormat, Mesh

__all__ = [
    "SAMPLES",
    "Cloud",
    "CloudFormat",
    "Mesh",
    "cloud_of",
    "format_of",
    "formats",
    "is_cloud",
    "read_cloud",
    "register",
    "write_cloud",
]
