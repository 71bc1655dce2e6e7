"""What `pcbin cluster` sorts codes by: a mixture or modes, given or found."""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pcbin._words import count
from pcbin.errors import InputError, ModelMismatch

if TYPE_CHECKING:
    from pcbin.arrays import Codes
    from pcbin.cli._console import Console
    from pcbin.cluster import KModes, Mixture
    from pcbin.known_codes import Known

Sources = Sequence[tuple[str, Path | BinaryIO]]


class Sorter(ABC):
    """Clusters that codes of one model are sorted into.

    count: How many. measure: What is said of each code beside its cluster. told, lines: What is said of the
    clusters as a whole, to programs and to people.
    """

    model_id: bytes
    count: int
    measure: str
    told: dict[str, Any]
    lines: tuple[str, ...] = ()

    @abstractmethod
    def check(self, model_id: bytes, bits: int) -> None:
        """Raises ModelMismatch for codes of another model or length."""

    @abstractmethod
    def sort(self, codes: Codes) -> tuple[Any, Any]:
        """The cluster and the measure of each of (n, K / 8) codes."""

    def save(self, path: Path, *, force: bool) -> None:
        """Writes the clusters to a file, where there is a format for them."""
        raise NotImplementedError


class ByMixture(Sorter):
    """The most probable cluster of a mixture."""

    measure = "probability"

    def __init__(self, mixture: Mixture, bic: dict[int, float] | None = None) -> None:
        self.model_id, self.count = mixture.model_id, mixture.components
        self._mixture = mixture
        self.told = {} if bic is None else {"bic": bic}
        if bic is not None and len(bic) > 1:
            tried = ", ".join(f"{k}: {value:,.0f}" for k, value in bic.items())
            self.lines = (f"BIC by the number of clusters, lowest is best: {tried}",)

    def check(self, model_id: bytes, bits: int) -> None:
        self._mixture.check(model_id, bits)

    def sort(self, codes: Codes) -> tuple[Any, Any]:
        probabilities = self._mixture.responsibilities(codes)
        return probabilities.argmax(axis=1), probabilities.max(axis=1)

    def save(self, path: Path, *, force: bool) -> None:
        self._mixture.save(path, overwrite=force)


class ByModes(Sorter):
    """The nearest mode."""

    measure = "bits"

    def __init__(self, modes: KModes, known: Known) -> None:
        self.model_id, self.count = known.model_id, modes.n_clusters
        self._modes, self._bits = modes, known.bits
        self.told = {"inertia": modes.inertia_}

    def check(self, model_id: bytes, bits: int) -> None:
        if (model_id, bits) != (self.model_id, self._bits):
            raise ModelMismatch(
                f"codes of model {model_id.hex()} ({bits} bits), the modes are of {self.model_id.hex()} "
                f"({self._bits} bits); cluster codes of one model"
            )

    def sort(self, codes: Codes) -> tuple[Any, Any]:
        apart = self._modes.transform(codes)
        return apart.argmin(axis=1), apart.min(axis=1)


def of_file(file: Path | None, model: str | None) -> Sorter:
    """The mixture of a file or of a model, one of which is given."""
    from pcbin.cluster import Mixture
    from pcbin.models import zoo

    if model is not None:
        return ByMixture(Mixture.of(zoo.load(model)))
    assert file is not None  # one of the two was given
    return ByMixture(Mixture.load(file))


def gathered(console: Console, sources: Sources) -> tuple[Sources, Known | None]:
    """The sources that have codes of one model, and those codes; None where there are none.

    What cannot be read, and what is of another model than the first that can, is reported as failed.
    """
    from pcbin.known_codes import joined, known

    good: list[tuple[str, Path | BinaryIO]] = []
    parts: list[tuple[str, Known]] = []
    for name, source in sources:
        with console.attempt(name):
            one = known(source)
            joined([*parts[:1], (name, one)])
            good.append((name, source))
            parts.append((name, one))
    return good, joined(parts) if parts else None


def fitted(known: Known, clusters: int | str, method: str | None, seed: int) -> Sorter:
    """Clusters of these codes. Raises InputError where there are fewer codes than clusters."""
    from pcbin.cluster import BernoulliMixture, KModes, Mixture, choose

    if method == "k-modes":
        assert isinstance(clusters, int)  # "auto" is for mixtures
        return ByModes(KModes(clusters, random_state=seed).fit(known.codes), known)
    if isinstance(clusters, int):
        found = BernoulliMixture(clusters, random_state=seed).fit(known.codes)
        bic = {clusters: found.bic(known.codes)}
    else:
        found, bic = choose(known.codes, random_state=seed)
    return ByMixture(Mixture(known.model_id, found.weights_, found.means_), bic)


def draw_medoids(path: Path, sources: Sources, sorter: Sorter, *, force: bool) -> None:
    """Writes the picture of the medoid of each cluster. Raises ModelNotFound: nothing decodes the codes."""
    from pcbin.cluster import medoids
    from pcbin.codec import Codec
    from pcbin.coding.options import Options
    from pcbin.formats.atomic import write_atomic
    from pcbin.known_codes import joined, known
    from pcbin.pages.contact import of_codes
    from pcbin.pages.render import png

    for _, source in sources:
        if isinstance(source, io.BytesIO):
            source.seek(0)
    codes = joined([(name, known(source)) for name, source in sources]).codes
    clusters, _ = sorter.sort(codes)
    codec = Codec.with_options(sorter.model_id, Options(licence="any"))
    image = of_codes(codec, codes, medoids(codes, clusters, sorter.count).tolist())
    write_atomic(path, png(image), overwrite=force)


def read_labels(path: Path) -> dict[str, str]:
    """The labels of a CSV file, by name. Raises InputError for a file without such columns."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save it as CSV in UTF-8") from None
    rows = csv.DictReader(io.StringIO(text, newline=""))
    if not {"name", "label"} <= set(rows.fieldnames or ()):
        raise InputError(f"{path}: no columns called name and label; its first line must say which they are")
    found = {row["name"]: row["label"] for row in rows if row["name"] and row["label"]}
    if not found:
        raise InputError(f"{path}: {count(0, 'label')}; a row below the first has a name and a label")
    return found
