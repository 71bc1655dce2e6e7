"""The numbers of README, model cards and pages are those of the recorded runs that they quote."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from benchmarks import against_retrieval

ROOT = Path(__file__).parents[1]
CLOUDS = ("chair", "furniture", "objects", "parts")
STUDY = "docs/results/rate-distortion/results.json"
BEYOND = "docs/results/beyond-b.json"
REAL, CUBOIDS, TABLES, PSB, KICAD = "ModelNet10", "cuboid chairs", "cuboid tables", "Princeton", "KiCad"
POSTER_B = {"K-means": 55.37, "GMM": 42.22, "VaDE, 10 floats": 95.30, "VAB, 80 bits": 71.69}
"""Best accuracies that the poster itself prints, in %."""
NUMBER = r"\d[\d,]*(?:\.\d+)?"

Json = dict[str, Any]
Table = list[list[str]]


@cache
def recorded(path: str) -> Any:
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


@cache
def page(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def tables(text: str, *head: str) -> list[Table]:
    """The tables whose first columns are called so: rows of cells, without bold, the header first."""
    found = []
    for block in re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE):
        rows = [
            [cell.strip().replace("**", "") for cell in line[1:-1].split("|")] for line in block.splitlines()
        ]
        if rows[0][: len(head)] == list(head):
            found.append([rows[0], *rows[2:]])
    return found


def agrees(printed: str, *values: float | None) -> bool:
    """Whether the numbers of a printed text are these, rounded to as many decimals as they have.

    None stands for a number that was not measured, and is not printed.
    """
    numbers = re.findall(NUMBER, printed)
    wanted = [value for value in values if value is not None]
    return len(numbers) == len(wanted) and all(
        abs(float(number.replace(",", "")) - value) < 0.5000001 * 10.0 ** -len(number.partition(".")[2])
        for number, value in zip(numbers, wanted, strict=True)
    )


def said(text: str, sentence: str, *values: float) -> str:
    """What a page says in place of a sentence with # for its numbers, which must be these."""
    pattern = re.escape(sentence).replace(r"\#", f"({NUMBER})")
    matches = list(re.finditer(pattern, " ".join(text.split())))
    assert len(matches) == 1, f"not said, or more than once: {sentence}"
    assert agrees(" ".join(matches[0].groups()), *values), matches[0][0]
    return matches[0][0]


def study(scheme: str, setting: str) -> Json:
    """A row of the rate-distortion study."""
    [row] = [r for r in recorded(STUDY)["rows"] if (r["scheme"], r["setting"]) == (scheme, setting)]
    return dict(row)


OCTANTS = ("nearest training octants + box", "8 indices, 3 x 6 bits")


def test_rivals_of_the_readme() -> None:
    settings = {
        "pcbin `chair`, no search": ("pcbin, effort 0", "{} bits"),
        "pcbin `chair`, `--effort 5`": ("pcbin, effort 5", "{} bits"),
        "nearest training chair, index only": ("nearest training shape", "index"),
        "nearest training chair, fitted to the box": ("nearest training shape + box", "index, 3 x 6 bits"),
        "nearest training octants, fitted to the box (a table of 10.8 MB)": OCTANTS,
        "PCA of matched points, quantised": ("PCA of matched points", "{} bits"),
        "occupied cells of a 32 x 32 x 32 grid, zstd": ("grid + zstd", "grid of 32³"),
    }
    text = page("README.md")
    [[_, *rows, last]] = tables(text, "scheme")
    for name, bits, chamfer, psnr in rows:
        scheme, setting = settings[name]
        row = study(scheme, setting.format(bits))
        assert agrees(bits, row["payload_bits"]), name
        assert agrees(chamfer, row["chamfer_e3"]), name
        assert agrees(psnr, row["d1_psnr_db"]), name
    result = recorded(STUDY)
    assert last[0] == "for scale: two samplings of the same chair"
    assert agrees(last[2], result["sampling_floor_e3"])
    said(text, "# ModelNet10 test chairs, # points each", result["clouds"], result["points"])
    said(text, "(a table of # MB)", study(*OCTANTS)["table_bytes"] / 1e6)
    chamfers = [Card("chair").chamfer(REAL, effort) for effort in "05"]
    said(
        text,
        "`chair` now has # at 128 bits without a search and # with `--effort 5`",
        *map(float, filter(None, chamfers)),
    )


def test_who_wins_at_which_rate() -> None:
    wins = {verdict["pcbin"]: verdict["wins"] for verdict in recorded(STUDY)["summary"]}
    assert [wins[f"pcbin, effort 0, {bits} bits"] for bits in (64, 128, 256, 512)] == [
        False,
        False,
        True,
        False,
    ]
    assert [wins[f"pcbin, effort 5, {bits} bits"] for bits in (64, 128, 256, 512)] == [
        False,
        True,
        True,
        False,
    ]
    text, octants, ours = page("docs/benchmarks.md"), study(*OCTANTS), study("pcbin, effort 5", "64 bits")
    grid, fine = (study("grid + zstd", f"grid of {side}³") for side in (32, 64))
    said(
        text,
        "octants wins (# bits, #, with a table of # MB). pcbin has # at 64 bits with effort 5.",
        octants["payload_bits"], octants["chamfer_e3"], octants["table_bytes"] / 1e6, ours["chamfer_e3"],
    )  # fmt: skip
    said(text, "32 cells a side wins (# bits, #).", grid["payload_bits"], grid["chamfer_e3"])
    said(
        page("docs/metrics.md"),
        "64 cells a side, at # bits, reaches #e-3 on the same chairs",
        fine["payload_bits"], fine["chamfer_e3"],
    )  # fmt: skip


def test_headline_of_the_readme() -> None:
    """The ratios of code and file; the report is that of a recorded session, which a test replays."""
    text, floats = page("README.md"), 2048 * 3 * 32
    said(text, "The code is # times smaller than the coordinates as 32-bit floats", floats / 128)
    said(
        text, "the whole file, # bytes with its header, pose and checksum, is # times", 52, floats / (8 * 52)
    )
    [report] = re.findall(r"```\n(examples/chair\.ply.*?)```", text, re.DOTALL)
    for line in re.sub(r"; encoded in.*", "", report).splitlines()[1:]:
        assert line in page("cli/sessions/first-steps.txt")


def test_clusters_of_the_readme() -> None:
    runs, text = recorded(BEYOND)["mnist"], page("README.md")
    long, short = runs["128"], runs["64"]
    assert len(long["seeds"]) == len(short["seeds"]) == 10
    said(text, "are right for **# %** of MNIST's test images at 128 bits", 100 * long["acc_mean"])
    said(
        text,
        "and # dB (ten seeds; # % at 64 bits). The poster that pcbin builds on has # %",
        long["psnr_mse_mean"], 100 * short["acc_mean"], POSTER_B["VAB, 80 bits"],
    )  # fmt: skip


class Card:
    """A model's card beside its metrics.json."""

    def __init__(self, model: str) -> None:
        self.text = page(f"models/{model}/README.md")
        self.found: Json = recorded(f"models/{model}/metrics.json")
        self.sets: Json = self.found.get("sets", {})
        longest = f"models/{model}/effort-9.json"
        self.effort_9: Json = recorded(longest)["sets"] if (ROOT / longest).exists() else {}
        self.results = self.text.partition("## Results")[2].partition("## Failures")[0]

    def rate(self, name: str, effort: str, bits: str | None = None) -> Json:
        """What was measured of a set, at the default length unless told otherwise."""
        bits = bits or str(self.found["default_bits"])
        found = self.sets[name]["rates"][bits].get(effort)
        if not found and effort == "9" and self.effort_9:
            found = self.effort_9[name]["rates"].get(bits, {}).get(effort)
        return dict(found or {})

    def chamfer(self, name: str, effort: str, bits: str | None = None) -> float | None:
        return self.rate(name, effort, bits).get("chamfer_e3")

    def psnr(self, name: str, *efforts: str) -> list[float]:
        return [self.rate(name, effort)["d1_psnr_db"] for effort in efforts]

    def same(self, name: str) -> list[float]:
        """Efforts 0 and 1, of the clouds that effort 5 was measured on."""
        return list(self.rate(name, "5")["same_clouds_chamfer_e3"].values())

    def coded(self, name: str) -> list[float]:
        """Entropy-coded bits at efforts 0 and 5."""
        return list(self.sets[name]["entropy_coded_bits"].values())

    def nearest(self, name: str) -> float:
        return float(self.sets[name]["retrieval"]["chamfer_e3"])

    def dense(self, *efforts: str) -> list[float]:
        rows = [self.sets[REAL]["dense"][effort] for effort in efforts]
        return [value for row in rows for value in (row["chamfer_e3_2048"], row["chamfer_e3_8192"])]

    def classes(self, name: str | None = None) -> Json:
        """Those with enough training shapes."""
        sets = self.sets.values() if name is None else [self.sets[name]]
        every = {label: one for found in sets for label, one in found["classes"].items()}
        return {label: one for label, one in every.items() if one["enough_training_shapes"]}


@pytest.mark.parametrize("model", CLOUDS)
def test_rates_of_a_card(model: str) -> None:
    card = Card(model)
    [[head, *rows]] = tables(card.text, "set", "effort")
    bits = [name.removesuffix(" bits") for name in head[2:-1]]
    assert head[-1] == f"s per cloud at {card.found['default_bits']}"
    name, efforts = "", set()
    for label, cell, *chamfers, seconds in rows:
        name = next((known for known in card.sets if label.startswith(known)), name)
        effort = cell.split()[0]
        efforts.add((name, effort))
        for k, printed in zip(bits, chamfers, strict=True):
            assert agrees(printed, card.chamfer(name, effort, k)), (label, effort, k)
        assert agrees(seconds, card.rate(name, effort)["encode_s"]), (label, effort)
        for count in re.findall(r"\d+(?= clouds| of them)", label):
            assert int(count) == card.rate(name, effort)["clouds"], label
    measured = {(name, effort) for name in card.sets for k in bits for effort in card.sets[name]["rates"][k]}
    assert efforts == measured | {(name, "9") for name in card.effort_9}


@pytest.mark.parametrize("model", ["furniture", "objects", "parts"])
def test_classes_of_a_card(model: str) -> None:
    card = Card(model)
    known, printed = card.classes(), set()
    for head, *rows in tables(card.text, "class"):
        for name, *cells in rows:
            label = name if name in known else name.replace(" ", "_")
            one = known[label]
            values = {
                "test shapes": one["clouds"],
                "training shapes": one["training_shapes"],
                "effort 0": one["chamfer_e3"]["0"],
                "effort 1": one["chamfer_e3"]["1"],
                "nearest training shape": one["retrieval_chamfer_e3"],
            }
            for column, cell in zip(head[1:], cells, strict=True):
                if column == "ahead":
                    assert cell == ("yes" if one["better_than_retrieval"]["1"] else "no"), label
                else:
                    assert agrees(cell, values[column]), (label, column)
            printed.add(label)
    ahead = {label for label, one in known.items() if one["better_than_retrieval"]["1"]}
    if model == "objects":  # of the parts, only those that are not ahead
        parts = set(card.classes(KICAD))
        assert printed == set(known) - (parts & ahead)
        counts = (len(parts), len(parts & ahead), len(parts - ahead))
        said(card.text, "Of KiCad's # classes # are, and # are **not ahead**", *counts)
    else:
        assert printed == set(known)


def sentences(model: str) -> list[tuple[Any, ...]]:
    """Every sentence of a card's results that has measured numbers, and these."""
    card = Card(model)
    dense = "# decoded to 2,048 points, # to 8,192 (effort 0"
    if model == "chair":
        twins = [one["chamfer_e3"] for one in card.sets[REAL]["without_twins"].values()]
        return [
            (
                "at 128 bits: # dB at effort 0, # at 1, # at 5, # at 9.",
                *card.psnr(REAL, "0", "1", "5", "9"),
            ),
            ("two samplings of the same test chair differ by #;", card.sets[REAL]["sampling_floor_e3"]),
            ("is at # (ModelNet10) and # (cuboid).", card.nearest(REAL), card.nearest(CUBOIDS)),
            ("without them # at effort 0, # at effort 1.", *twins),
            ("take # bits on average for the ModelNet10 test chairs at effort 0 and # at", *card.coded(REAL)),
            ("effort 5; # and # for the cuboid chairs.", *card.coded(CUBOIDS)),
            (
                f"{dense}; # and # at effort 1, # and # at effort 5).",
                *card.dense("0", "1", "5"),
            ),
        ]
    if model == "furniture":
        psnr = [*card.psnr(REAL, "1"), *card.psnr(TABLES, "1")]
        coded = [*card.coded(REAL), *card.coded(TABLES)]
        return [
            ("have # and # (ModelNet10) and # and # (tables)", *card.same(REAL), *card.same(TABLES)),
            ("D1-PSNR at 256 bits, effort 1: # dB and # dB.", *psnr),
            ("take # bits on average at effort 0 and # at effort 5 (ModelNet10), # and # (tables).", *coded),
            (f"{dense}).", *card.dense("0")),
        ]
    if model == "parts":
        known = card.classes()
        ahead = [one for one in known.values() if one["better_than_retrieval"]["1"]]
        nearest = (card.sets[KICAD]["retrieval"]["bits"], card.nearest(KICAD))
        return [
            ("spread over the set, have # and # at 128 bits", *card.same(KICAD)),
            ("D1-PSNR at 128 bits, effort 1: # dB.", *card.psnr(KICAD, "1")),
            ("The nearest training shape (# bits name one) is at # on average", *nearest),
            ("but only in # of the # classes", len(ahead), len(known)),
            ("take # bits on average at effort 0 and # at effort 5.", *card.coded(KICAD)),
        ]
    coded = [card.coded(name)[0] for name in (PSB, REAL, TABLES, KICAD)]
    same = [value for name in (PSB, REAL, TABLES, KICAD) for value in card.same(name)]
    return [
        ("Princeton # and #, ModelNet10 # and #, cuboid tables # and #, KiCad # and #.", *same),
        (
            "the model has #, the nearest training shape #.",
            card.chamfer(KICAD, "1"),
            card.nearest(KICAD),
        ),
        ("take # bits (Princeton), # bits (ModelNet10), # bits (cuboid tables) and # bits (KiCad)", *coded),
        (f"{dense}).", *card.dense("0")),
    ]


@pytest.mark.parametrize("model", CLOUDS)
def test_sentences_of_a_card(model: str) -> None:
    """All of them: beside these and the tables, no number with decimals is left among the results."""
    rest = " ".join(re.sub(r"^\|.*$", "", Card(model).results, flags=re.MULTILINE).split())
    found = [said(rest, *sentence) for sentence in sentences(model)]
    for one in found:
        rest = rest.replace(one, "")
    assert not re.findall(r"\d\.\d", rest)


def test_runs_of_effort_9_agree() -> None:
    card = Card("chair")
    assert card.effort_9
    for name, found in card.effort_9.items():
        assert found["rates"]["128"]["9"]["chamfer_e3"] == card.chamfer(name, "9")
        assert found["classes"] == card.sets[name]["classes"]


def test_furniture_sends_chairs_to_chair() -> None:
    card = Card("furniture")
    theirs = card.classes(REAL)["chair"]["chamfer_e3"]["1"]
    ours = Card("chair").chamfer(REAL, "1", "256")
    said(card.text, "at 256 bits it has # where this model has #.", ours or 0.0, theirs)


@pytest.mark.parametrize("model", ["mnist-128", "mnist-vab-80"])
def test_card_of_digits(model: str) -> None:
    card = Card(model)
    efforts = list(card.found["efforts"].values())
    run = recorded(BEYOND)["mnist"]["128"]
    values = {
        "rate": [card.found["bpp"]],
        "PSNR, mean over the images: effort 0, 1 (the default), 5": [one["psnr"] for one in efforts],
        "PSNR of the mean squared error": [one["psnr_of_mean"] for one in efforts],
        "entropy coded (`--entropy`), bits per code: effort 0, 5; means of the study's ten seeds": [
            784 * run["bpp_coded_network_mean"],
            784 * run["bpp_coded_mean"],
        ],
        "clustering accuracy (ACC), from the code and the mixture alone": [100 * card.found["acc"]],
        "NMI": [100 * card.found["nmi"]],
    }
    [[_, *rows]] = tables(card.results, "")
    for name, cell in rows:
        assert agrees(cell, *values[name]), name


def test_pages_of_rates_and_images() -> None:
    card = Card("chair")
    [[head, *rows]] = tables(page("docs/rates.md"), "effort", "16 bits")
    for effort, *cells in rows:
        for name, cell in zip(head[1:], cells, strict=True):
            assert agrees(cell, card.chamfer(REAL, effort, name.removesuffix(" bits"))), (effort, name)
    said(page("docs/rates.md"), "take # bits on average at effort 0, and # at effort 5", *card.coded(REAL))
    [[_, *rows]] = tables(page("docs/images.md"), "effort")
    for effort, *cells in rows:
        measured = [Card(model).found["efforts"][effort] for model in ("mnist-128", "mnist-vab-80")]
        assert agrees(
            " ".join(cells), *(one[key] for one in measured for key in ("psnr_of_mean", "encode_ms"))
        )


def test_poster_a() -> None:
    found, text = recorded("docs/results/poster-a.json")["modelnet10_chair"], page("docs/reproducing.md")
    ratios = found["ratios"]
    [[_, *rows, last]] = tables(text, "system", "latent")
    for name, _, *cells, _, _ in rows:
        for cell, split in zip(cells, ("train", "test"), strict=True):
            assert agrees(cell, found[name][f"chamfer_e3_{split}"], found[name][f"chamfer_sum_{split}"]), name
    assert agrees(last[3], ratios["floor_e3"])
    said(text, "VAE-bin over AE is # on test", ratios["vae_bin_over_ae_test"])
    said(text, "Thresholding costs # %", 100 * ratios["thresholding_test"] - 100)
    studies = recorded("docs/results/poster-a.json")["studies"]
    fair, chairs = (studies["generation"][name] for name in ("fair coins", "training shapes, for comparison"))
    said(
        text,
        "MMD-CD is # and coverage # %, where as many training chairs have # and # %",
        fair["mmd_cd_e3"], 100 * fair["coverage"], chairs["mmd_cd_e3"], 100 * chairs["coverage"],
    )  # fmt: skip
    arms = studies["armrests"]
    said(
        text,
        "goes from # to # % on the 20 test chairs with the fewest (chairs with armrests: # %), with # bits",
        *(100 * arms[name] for name in ("decoded", "with armrests added", "training chairs with armrests")),
        arms["changed_bits"],
    )


def test_poster_b() -> None:
    found = {one["title"]: one for one in recorded("docs/results/poster-b.json")["mnist"].values()}
    [[_, *rows]] = tables(page("docs/reproducing.md"), "system", "ACC, %", "PSNR, dB")
    for title, accuracy, psnr, rate, poster in rows:
        name = re.sub(r", (one start|diagonal).*", "", title)
        one = found[name]
        scores = [one["acc_mean"], one["acc_sem"], one["acc_best"]]
        if "lowest inertia" in accuracy:
            scores.append(one["acc_of_the_best_fit"])
        assert agrees(accuracy, *(100 * score for score in scores)), title
        assert agrees(psnr, one.get("psnr_mean")), title
        assert agrees(rate, one["bpp"]), title
        assert agrees(poster, POSTER_B.get(name)), title


def test_beyond_poster_b() -> None:
    found = recorded(BEYOND)
    beside = {
        "plain binary autoencoder, 64 bits": "binary-64",
        "plain binary autoencoder, 128 bits": "binary-128",
        "VAB of poster B, 80 bits": "VAB-80",
        "VaDE, 10 floats": "VaDE-10",
        "K-means, raw pixels": "K-means",
        "GMM, raw pixels": "GMM",
    }
    [[_, *rows]] = tables(page("docs/reproducing.md"), "system", "seeds")
    for name, seeds, accuracy, psnr, searched, *rates in rows:
        bits = re.match(r"neighbourhoods, (\d+) bits", name)
        one = found["mnist"][bits[1]] if bits else found["beside"][beside[name]]
        assert int(seeds) == len(one["seeds"]), name
        assert agrees(accuracy, 100 * one["acc_mean"], 100 * one["acc_sem"]), name
        assert agrees(f"{psnr} {searched}", one.get("psnr_mse_network_mean"), one.get("psnr_mse_mean")), name
        for cell, key in zip(rates, ("bpp", "bpp_coded_network_mean", "bpp_coded_mean"), strict=True):
            assert agrees(cell, one.get(key)), (name, key)


def test_clouds_beyond_poster_b() -> None:
    found = recorded(BEYOND)["clouds"]
    runs = [
        ("neighbours-clouds-128", "mixture"), ("neighbours-clouds-256", "mixture"),
        ("neighbours-clouds-128", "k_means"), ("neighbours-clouds-256", "k_means"),
        ("binary-clouds-128", "k_means"), ("binary-clouds-256", "k_means"), ("ae-clouds-128", "k_means"),
    ]  # fmt: skip
    [[_, *rows]] = tables(page("docs/reproducing.md"), "system", "ACC, %", "NMI, %")
    for (run, kind), (_, *scores, chamfer) in zip(runs, rows, strict=True):
        one = found[run]
        assert agrees(" ".join(scores), *(100 * one[kind][score] for score in ("acc", "nmi", "ari"))), run
        assert agrees(chamfer, one["chamfer_e3"]), run


def test_search() -> None:
    text = page("docs/search.md")
    speed, found = recorded("docs/results/search-speed.json"), recorded("docs/results/duplicates.json")
    said(text, "takes # times as long as faiss alone", speed["pcbin_over_faiss"])
    said(text, "takes # times as long as faiss, # ms", speed["numpy_over_faiss"], speed["numpy_ms_a_query"])
    said(text, "of all # pairs within 7 bits takes # s", speed["pairs_within_7_bits"], speed["pairs_s"])
    said(text, "# objects, # points each", found["objects"], found["points"])
    said(text, "Up to #, `dupes` calls", found["ratio"])
    [[_, *rows]] = tables(text, "copy", "recall, %")
    assert [row[0] for row in rows] == list(found["kinds"])
    for kind, *cells in rows:
        one = found["kinds"][kind]
        assert agrees(" ".join(cells), *(100 * one[key] for key in ("recall", "precision", "same_id"))), kind
    said(text, "share it: # %", 100 * found["same_points_same_id"])


def test_retrieval_of_classes() -> None:
    text, found = page("docs/search.md"), recorded("docs/results/retrieval.json")
    said(text, "each of the # test shapes of ModelNet10 (# classes)", found["shapes"], found["classes"])
    [[_, *rows]] = tables(text, "compared by")
    for kind, (_, *cells) in zip(("latent", "head", "codes"), rows, strict=True):
        values = []
        for part in ("as_they_stand", "turned_at_random"):
            one = found[part][kind]
            values += [one["mean_average_precision"], 100 * one["first_of_class"]]
        assert agrees(" ".join(cells), *values), kind


def test_retrieval_class_by_class() -> None:
    rows = recorded("docs/results/any-object/retrieval.json")
    assert page("docs/results/any-object/retrieval.md") == against_retrieval.table(rows)
    [[_, *sets]] = tables(page("models/cells/README.md"), "set", "classes")
    assert {name for name, *_ in sets} == {row["set"] for row in rows}
    for name, *cells in sets:
        own = [row for row in rows if row["set"] == name]
        kinds = ("pcbin", "whole", "boxed", "octants")
        means = [sum(row["chamfer_e3"][kind] for row in own) / len(own) for kind in kinds]
        assert agrees(" ".join(cells), len(own), sum(map(against_retrieval.lost, own)), *means), name


def test_clustering() -> None:
    found, text = recorded("docs/results/clustering-speed.json"), page("docs/clustering.md")
    said(
        text, "takes # times as long, and # MB in place of # are", found["plain_over_packed"],
        found["packed_peak_mb"], found["plain_peak_mb"],
    )  # fmt: skip
    assert found["plain_over_packed"] >= 10
    assert found["relative_difference"] < 1e-6
    assert found["packed_peak_mb"] < 1000


def test_generated_chairs() -> None:
    """Better than fair coins by every measure, and what the page says of each prior."""
    found, text = recorded("docs/results/generation.json"), page("docs/generation.md")
    [[_, *rows]] = tables(text, "codes", "MMD-CD x 1e3")
    names = {
        "`mixture`": "mixture",
        "`bits`": "bits",
        "`fair`": "fair",
        "Gaussian of an autoencoder's 128 floats": "gaussian of an autoencoder",
        "codes of training chairs": "codes of training chairs",
        "training chairs themselves": "training chairs",
    }
    assert [names[name] for name, *_ in rows] == list(found["rows"])
    for name, *cells in rows:
        row = found["rows"][names[name]]
        wanted = (row["mmd_cd_e3"], 100 * row["coverage"], 100 * row["one_nn_accuracy"])
        assert all(agrees(cell, value) for cell, value in zip(cells, wanted, strict=True)), name
    said(
        text,
        "# of # bits each, beside the # test chairs",
        found["reference"],
        found["bits"],
        found["reference"],
    )
    mixture, fair = found["rows"]["mixture"], found["rows"]["fair"]
    assert mixture["mmd_cd_e3"] < fair["mmd_cd_e3"]
    assert mixture["coverage"] > fair["coverage"]
    assert mixture["one_nn_accuracy_most"] < fair["one_nn_accuracy_least"]
