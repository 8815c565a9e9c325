"""Table 2.1 of the paper for any catalogue: who and what is in it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median

from vcem.core.errors import UsageError
from vcem.core.files import read_csv, write_csv, write_text
from vcem.core.terms import Density, Side, View
from vcem.folders.catalogue import CHECKS, TABLE, Catalogue, Pair

MOST_SIZES = 4  # more distinct image sizes than this are told as a range
NOT_REPORTED = "not reported"
AGES = ((50, "< 50 years"), (60, "50-59 years"), (70, "60-69 years"), (float("inf"), "≥ 70 years"))


@dataclass(frozen=True)
class Line:
    """One line of the table; `group` as the paper heads it, `count` with its unit, or a word."""

    group: str
    item: str
    count: int | str
    unit: str = ""


def describe(catalogue: Catalogue) -> list[Line]:
    """Return Table 2.1, with the lines that the paper gives in its text and those that registration adds.

    Raises:
        UsageError: if the catalogue's `registration.csv` is damaged.
    """
    pairs = catalogue.pairs
    return [
        *_general(catalogue),
        *_views(pairs),
        *_sizes(catalogue.folder / CHECKS),
        *_ages(pairs),
        *_images("Biopsy or follow-up", [(p.pathology, p.pathology_des or p.pathology) for p in pairs]),
        *_densities(pairs),
        *_birads(pairs),
        *_images("Machine", [(p.machine, p.machine) for p in pairs]),
        *_registered(catalogue),
    ]


def write_description(folder: Path, lines: Sequence[Line], title: str) -> None:
    """Write the table as `table-2.1.csv` and `table-2.1.md`."""
    write_csv(folder / TABLE[0], [f.name for f in fields(Line)], map(asdict, lines))
    rows = [f"| {x.group} | {x.item} | {x.count} | {x.unit} |" for x in merged(lines)]
    head = [f"Table 2.1: characteristics of {title}.", "", "| | | | |", "|---|---|--:|---|"]
    write_text(folder / TABLE[1], "\n".join(head + rows) + "\n")


def merged(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines with each group's name on its first line only."""
    before = None
    for line in lines:
        yield Line("" if line.group == before else line.group, line.item, line.count, line.unit)
        before = line.group


def _general(catalogue: Catalogue) -> Iterator[Line]:
    pairs = catalogue.pairs
    yield Line("General info", "Period", "not recorded")
    yield Line("General info", "Source", str(catalogue.manifest.get("release", catalogue.source.name)))
    yield Line("General info", "Origin", str(catalogue.origin))
    yield Line("General info", "Patients", len({p.patient for p in pairs}))
    yield Line("General info", "Total images", 2 * len(pairs))
    yield Line("Image type", "LE", len(pairs), "images")
    yield Line("Image type", "DES", len(pairs), "images")


def _views(pairs: Sequence[Pair]) -> Iterator[Line]:
    for view, name in ((View.CC, "Craniocaudal"), (View.MLO, "Mediolateral oblique")):
        shown = [p for p in pairs if p.view is view]
        yield Line("Image view", name, 2 * len(shown), "images")
        for side, word in ((Side.RIGHT, "right"), (Side.LEFT, "left")):
            yield Line("Image view", f"{name}, {word}", 2 * sum(p.side is side for p in shown), "images")


def _sizes(path: Path) -> Iterator[Line]:
    if not path.is_file():
        yield Line("Image resolution", "", "not recorded")
        return
    sizes = Counter(_read_sizes(path))
    if len(sizes) <= MOST_SIZES:
        for (width, height), count in sizes.most_common():
            yield Line("Image resolution", f"{height} x {width}", count, "images")
        return
    yield Line("Image resolution", "distinct sizes", len(sizes))
    for place, name in ((1, "rows"), (0, "columns")):
        sides = sorted(size[place] for size in sizes.elements())
        yield Line("Image resolution", f"{name}, median (range)", f"{median(sides):g} ({sides[0]}-{sides[-1]})", "px")


def _read_sizes(path: Path) -> Iterator[tuple[int, int]]:
    columns = [(f"{image}_width", f"{image}_height") for image in ("le", "des")]
    for row in read_csv(path, [c for both in columns for c in both]):
        for width, height in columns:
            try:
                yield int(row[width]), int(row[height])
            except ValueError as error:
                raise UsageError(f"{path}, pair {row.get('pair')}: {error}.", "image sizes in pixels") from error


def _ages(pairs: Sequence[Pair]) -> Iterator[Line]:
    by_patient: dict[str, float] = {}
    for pair in pairs:
        by_patient.setdefault(pair.patient, float("nan"))
        if re.fullmatch(r"\d+(\.\d+)?", pair.age):
            by_patient[pair.patient] = float(pair.age)
    counts = Counter(next((name for limit, name in AGES if age < limit), NOT_REPORTED) for age in by_patient.values())
    for name in [*(name for _, name in AGES), *([NOT_REPORTED] if counts[NOT_REPORTED] else [])]:
        yield Line("Patients' age", name, counts[name], "patients")


def _images(group: str, facts: Iterable[tuple[str, str]]) -> Iterator[Line]:
    counts = Counter(fact or NOT_REPORTED for both in facts for fact in both)
    for fact in sorted(counts, key=lambda f: (f == NOT_REPORTED, f)):
        yield Line(group, fact, counts[fact], "images")


def _densities(pairs: Sequence[Pair]) -> Iterator[Line]:
    counts = Counter(pair.density for pair in pairs)
    for density in Density:
        yield Line("ACR category", density, 2 * counts[density], "images")
    yield Line("ACR category", NOT_REPORTED, 2 * counts[None], "images")


def _birads(pairs: Sequence[Pair]) -> Iterator[Line]:
    told = {p.patient for p in pairs if _highest(p.birads) or _highest(p.birads_des)}
    yield Line("BI-RADS descriptors", "any", len(told), "patients")
    cells = [cell for p in pairs for cell in (p.birads, p.birads_des or p.birads)]
    counts = Counter(_highest(cell) or NOT_REPORTED for cell in cells)
    for code in sorted(counts):
        yield Line("BI-RADS descriptors", f"highest of an image: {code}", counts[code], "images")


def _highest(cell: str) -> str:
    return max(re.findall(r"\d", cell), default="")


def _registered(catalogue: Catalogue) -> Iterator[Line]:
    registered = sum(p.registered for p in catalogue.pairs)
    yield Line("Registration", "registered", registered, "pairs")
    yield Line("Registration", "not registered", len(catalogue.pairs) - registered, "pairs")
    yield Line("Lesions", "outlines", len(catalogue.outlines))
    yield Line("Lesions", "with an outline", len({o.pair for o in catalogue.outlines}), "pairs")
