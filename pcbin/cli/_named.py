"""Clouds and .pcb files that belong together, because they have one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pcbin.cli._globs import Globs
from pcbin.cli._paths import Found, gather, is_pcb
from pcbin.codec import pcb_name

if TYPE_CHECKING:
    from pcbin.cli._inputs import Inputs


class Named(NamedTuple):
    """A cloud, its code, or both; never neither."""

    code: Found | None = None
    cloud: Found | None = None

    @property
    def file(self) -> Found:
        """The cloud where there is one."""
        found = self.cloud or self.code
        assert found is not None
        return found

    @property
    def title(self) -> str:
        """Its name, without the folder that was searched."""
        return str(self.file.name)


def named(inputs: tuple[str, ...], read: Inputs, globs: Globs) -> list[Named]:
    """Codes and clouds, in the order of the inputs; chair.ply and chair.pcb of one folder are one.

    Raises InputError where there is none.
    """
    found: dict[str, Named] = {}
    for one in gather(
        inputs,
        lambda path: is_pcb(path) or read.modality.files.wants(path, read.reading.format),
        "cloud or .pcb file",
        globs,
    ):
        code = is_pcb(one.path)
        key = str(one.path if code else one.path.with_name(pcb_name(one.path.name)))
        known = found.get(key, Named())
        if (known.code if code else known.cloud) is not None:  # chair.ply and chair.xyz
            key, known = str(one.path), Named()
        found[key] = known._replace(code=one) if code else known._replace(cloud=one)
    return list(found.values())
