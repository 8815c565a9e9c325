"""Whether virtual DES images look like real ones as a crowd: Frechet distances of features of breast and lesions."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from vcem.core.files import Row
from vcem.core.seeds import rng_for
from vcem.folders.scores import TEXTURE_COLUMNS, TRUE_DES, WHO, is_reference
from vcem.report.collect import labels
from vcem.report.fidelity import name_cell
from vcem.report.quantities import number
from vcem.report.study import Study
from vcem.report.tables import Cell, Record, Table, row
from vcem.stats.frechet import ENOUGH, frechet, halves_apart, standardised

HALVINGS = 20
FEATURES = tuple(c for c in TEXTURE_COLUMNS if c not in (*WHO, "lesion"))
REGIONS = ("breast", "lesions")
Vectors = Float[np.ndarray, "n k"]
Region = dict[tuple[int, str, str], Row]


def textures_table(study: Study) -> Table:
    """Make the table of distances between virtual and real DES; without recorded features it says so."""
    found = _by_method(study)
    rows: list[tuple[Cell, ...]] = []
    records: list[Record] = []
    for method in [TRUE_DES, *(m for m in study.scores.methods if m in found)] if found else []:
        cells: list[str] = []
        record: Record = {"method": method}
        for region in REGIONS:
            count, apart, halved = _distances(study, found, method, region)
            cells += [number(apart, 1) if method != TRUE_DES else "", number(halved, 1)]
            record |= {f"{region}_n": count, f"{region}_distance": apart, f"{region}_halves": halved}
        name = Cell("Real DES", ("chance: two halves of the real images",)) if method == TRUE_DES else None
        rows.append(row(name or name_cell(study, method), *cells))
        records.append(record)
    header = ("Method", "Breast, all ↓", "Breast, halves ↓", "Lesions, all ↓", "Lesions, halves ↓")
    return Table("textures", "Likeness of the crowd", study.stamp, _caption(study, found), header, tuple(rows),
                 tuple(records))  # fmt: skip


def _caption(study: Study, found: dict[str, dict[str, Region]]) -> str:
    if not found:
        return "No features were recorded with these scores: run vcem score again to compare the crowds of images."
    counts = {region: len(found[TRUE_DES][region]) for region in REGIONS}
    return (
        f"Frechet distance between virtual and real DES images, of {len(FEATURES)} first-order and GLCM features (not "
        f"PyRadiomics), each in standard deviations of the real ones: {counts['breast']} breasts, {counts['lesions']} "
        "measurable lesions. 0 is the same crowd; which image belongs to which pair plays no part. Few images make "
        "every distance too large, so that of halves is given beside it: one half's virtual against the other half's "
        f"real images, the mean over {HALVINGS} halvings by patient. The first row is what chance alone keeps apart "
        "there: compare halves with it. A dash: fewer than "
        f"{ENOUGH} regions a feature."
    )


def _distances(study: Study, found: dict[str, dict[str, Region]], method: str, region: str) -> tuple[int, float, float]:
    """Return the number of regions, the distance of all, and that of halves."""
    own, true = found[method][region], found[TRUE_DES][region]
    keys = sorted(own.keys() & true.keys())
    if not keys:
        return 0, float("nan"), float("nan")
    real = _vectors(true, keys)
    virtual = standardised(_vectors(own, keys), real)
    real = standardised(real, real)
    halves = _halves([true[key]["patient"] for key in keys], study.seed)
    return len(keys), frechet(virtual, real), halves_apart(virtual, real, halves)


def _vectors(rows: Region, keys: Sequence[tuple[int, str, str]]) -> Vectors:
    return np.array([[float(rows[key][f]) for f in FEATURES] for key in keys])


def _halves(patients: Sequence[str], seed: int) -> Bool[np.ndarray, "b n"]:
    names = sorted(set(patients))
    chosen = []
    for k in range(HALVINGS):
        half = set(rng_for(seed, "report", "halves", k).permutation(names)[: len(names) // 2].tolist())
        chosen.append([p in half for p in patients])
    return np.array(chosen, bool)


def _by_method(study: Study) -> dict[str, dict[str, Region]]:
    """Return the rows of each method and region; none where a run was scored before features were recorded."""
    if any(run.tables.textures is None for run in study.runs):
        return {}
    names = labels(study.runs)
    found: dict[str, dict[str, Region]] = {}
    taken: dict[tuple[str, int], Path] = {}
    for run in study.runs:
        for cells in run.tables.textures or ():
            label = cells["method"] if is_reference(cells["method"]) else names[run.recipe, run.method]
            if taken.setdefault((label, run.fold), run.folder) == run.folder:
                region = REGIONS[1] if cells["lesion"] else REGIONS[0]
                own = found.setdefault(label, {name: {} for name in REGIONS})
                own[region][run.fold, cells["pair"], cells["lesion"]] = cells
    return found
