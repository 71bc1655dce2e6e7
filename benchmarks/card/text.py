"""The figures of a card as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
HEADS = ("mean", "median", "worst", "D1 dB", "s/cloud")


def text(result: Json) -> str:
    """All tables of a result."""
    head = (
        f"{result['model']} {result['sha256'][:16]}, {result['measured_on']}; Chamfer x 1e3, "
        f"default length {result['default_bits']} bits"
    )
    lines = [head]
    for name, found in result["sets"].items():
        lines += ["", *_rates(name, found), "", *_facts(found), "", *_classes(found["classes"])]
    return "\n".join(lines)


def _rates(name: str, found: Json) -> Iterator[str]:
    yield f"{name}, {found['clouds']} clouds"
    yield f"{'bits':>6}{'effort':>8}{'clouds':>8}" + "".join(f"{head:>9}" for head in HEADS)
    for bits, efforts in found["rates"].items():
        for effort, row in efforts.items():
            same = row.get("same_clouds_chamfer_e3", {})
            beside = ", ".join(f"{value:.3f} at effort {other}" for other, value in same.items())
            yield (
                f"{bits:>6}{effort:>8}{row['clouds']:>8}{row['chamfer_e3']:>9.3f}"
                f"{row['chamfer_e3_median']:>9.3f}{row['chamfer_e3_worst']:>9.2f}"
                f"{row['d1_psnr_db']:>9.2f}{row['encode_s']:>9.3f}"
                + (f"   (the same clouds: {beside})" if beside else "")
            )


def _facts(found: Json) -> Iterator[str]:
    nearest = found["retrieval"]
    yield f"nearest training shape ({nearest['bits']} bits): {nearest['chamfer_e3']:.3f}"
    if found["sampling_floor_e3"] is not None:
        yield f"sampling floor: {found['sampling_floor_e3']:.3f}"
    for effort, row in (found["without_twins"] or {}).items():
        yield (
            f"without twins of training shapes, effort {effort}: {row['chamfer_e3']:.3f} "
            f"({row['clouds']} clouds)"
        )
    for effort, row in found["dense"].items():
        yield (
            f"originals of 8,192 points, effort {effort}: {row['chamfer_e3_2048']:.3f} decoded to 2,048, "
            f"{row['chamfer_e3_8192']:.3f} to 8,192: ratio {row['ratio']:.3f} ({row['clouds']} clouds)"
        )
    for effort, bits in (found["entropy_coded_bits"] or {}).items():
        yield f"entropy coded, effort {effort}: {bits:.1f} bits"


def _classes(classes: Json) -> Iterator[str]:
    """Classes with many training shapes first; * marks those with enough."""
    efforts = list(next(iter(classes.values()))["chamfer_e3"])
    names = max(len("class"), *(len(name) for name in classes)) + 2
    columns = "".join(f"{f'effort {effort}':>10}" for effort in efforts)
    yield f"{'class':<{names}}{'clouds':>7}{'training':>10}{columns}{'nearest':>10}  better"
    for name, row in sorted(classes.items(), key=lambda one: (-one[1]["training_shapes"], one[0])):
        values = "".join(f"{row['chamfer_e3'][effort]:>10.3f}" for effort in efforts)
        better = "/".join("yes" if row["better_than_retrieval"][effort] else "NO" for effort in efforts)
        training = f"{row['training_shapes']}{'*' if row['enough_training_shapes'] else ' '}"
        yield (
            f"{name:<{names}}{row['clouds']:>7}{training:>10}{values}"
            f"{row['retrieval_chamfer_e3']:>10.3f}  {better}"
        )
    known = [row for row in classes.values() if row["enough_training_shapes"]]
    if known:
        wins = " and ".join(
            f"{sum(row['better_than_retrieval'][effort] for row in known)} at effort {effort}"
            for effort in efforts
        )
        yield f"better than the nearest training shape: {wins}, of {len(known)} classes marked *"
        yield "* at least 20 training shapes"
