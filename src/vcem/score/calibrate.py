"""From runs to intervals that hold: a factor for each fold from patients who validate, and what it covers in the test.

All folds' validation patients are put together, each judged by the network of a fold that did not learn from her, and
those whom fold k tests are left out for fold k (as in cross-conformal prediction, Vovk 2015). A network was chosen, by
its best epoch, on the patients who calibrate it: that is one number chosen, and it is why the test is another part.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from vcem.core.building import rebuilt
from vcem.core.errors import UsageError
from vcem.core.files import refuse_mixture, sha256_text, write_bytes
from vcem.core.watch import Watch, unwatched
from vcem.folders.calibration import (
    BREAST,
    EVERY,
    INTERNAL,
    KIND,
    REGIONS,
    Calibration,
    Factor,
    head_of,
    read_calibration,
    write_calibration,
)
from vcem.folders.folds import Fold, Folds, file_of, read_folds
from vcem.folders.prepared import Store, open_store
from vcem.folders.run import LEARNED_FROM
from vcem.score.coverage import coverage_rows, needed, regions_of
from vcem.score.ensemble import refuse_mixture_of
from vcem.score.held_out import refuse_leaks
from vcem.score.predict import part_of
from vcem.score.spread import fit_head, stated
from vcem.stats.risk_control import Bound, factor_of, least_patients
from vcem.train.rundir import Run
from vcem.train.spread import Draw, Source, draw_of, head_bytes

CANDIDATES = 400  # factors, each 1 to 3 per cent above the last
Needs = dict[str, list[np.ndarray]]
"""Of each patient an array per image: the factors that its pixels need, rising."""


@dataclass(frozen=True)
class Setting:
    """On which data, where to write, where the spread comes from, and what is promised.

    `level`: the share of a patient's pixels that an interval should hold. `confidence`: how sure the bound is.
    `external`: prepared data of other women to be tested too; `shared_patients`: equal ids there are other women.
    """

    data: Path
    out: Path
    source: Source = Source.QUANTILES
    level: float = 0.9
    confidence: float = 0.9
    bound: Bound = Bound.BETTING
    passes: int = 10
    steps: int = 300
    seed: int = 0
    folds_file: Path | None = None
    external: tuple[Path, ...] = ()
    shared_patients: bool = False


@dataclass(frozen=True)
class Stand:
    """What the folds share: the data, and for each fold its number, its runs, and the function that draws."""

    store: Store
    folds: Folds
    runs: Mapping[int, Sequence[Run]]
    draws: dict[int, Draw] = field(default_factory=dict)

    def patients_of(self, pairs: Iterable[str]) -> set[str]:
        """Return whose these pairs are."""
        return {self.store.patients[pair] for pair in pairs}


def calibrate(runs: Sequence[Run], setting: Setting, watch: Watch = unwatched) -> Calibration:
    """Write a calibration of runs, those of one fold together, and what it covers of patients who did not calibrate.

    Raises:
        UsageError: if a level is impossible, runs and data do not belong together, a patient calibrates and tests,
            there are too few patients for the bound, or an image has no spread.
    """
    _refuse_levels(setting)
    refuse_mixture(setting.out, KIND)
    stand = _stand(runs, setting)
    others = [_other(runs, folder, setting) for folder in setting.external]
    with rebuilt(setting.out, KIND) as building:
        inner = replace(setting, out=building)
        for fold in watch(list(stand.runs), len(stand.runs)):
            stand.draws[fold] = _draw(stand, fold, inner)
        factors = list(_factors(stand, setting))
        rows = [row for fold in stand.runs for row in _tested(stand, fold, factors)]
        rows += [row for store in others for row in _elsewhere(stand, store, factors)]
        write_calibration(building, factors, rows, _facts(stand, setting))
    return read_calibration(setting.out)


def _refuse_levels(setting: Setting) -> None:
    for name, value in (("level", setting.level), ("confidence", setting.confidence)):
        if not 0 < value < 1:
            raise UsageError(f"A {name} of {value} is not possible.", f"--{name} between 0 and 1, such as 0.9")
    if setting.steps < 1:
        raise UsageError(f"{setting.steps} steps fit nothing.", "--steps 1 or more")


def _stand(runs: Sequence[Run], setting: Setting) -> Stand:
    store = open_store(setting.data, whole=True)
    folds = read_folds(file_of(setting.data, setting.folds_file))
    refuse_leaks(store, folds)
    of_fold: dict[int, list[Run]] = defaultdict(list)
    refuse_mixture_of(runs)
    for run in sorted(runs, key=lambda run: (run.fold, run.recipe.name)):
        part_of(run, folds, "val")
        of_fold[run.fold].append(run)
    names = {fold: [run.recipe.name for run in own] for fold, own in of_fold.items()}
    if len(set(map(tuple, names.values()))) > 1:
        raise UsageError(f"The folds have different runs: {names}.", "runs of the same recipes in each fold")
    return Stand(store, folds, dict(sorted(of_fold.items())))


def _other(runs: Sequence[Run], folder: Path, setting: Setting) -> Store:
    store = open_store(folder, whole=True)
    learned = {p for run in runs for p in run.facts.get(LEARNED_FROM, {}).get("patients", ())}
    if (shared := sorted(learned & set(store.patients.values()))) and not setting.shared_patients:
        raise UsageError(
            f"{len(shared)} patients of {folder} trained or calibrate, such as {shared[0]}.", "patients nobody saw",
            "leave them out, or say --shared-patients if equal ids are other women",
        )  # fmt: skip
    return store


def _draw(stand: Stand, fold: int, setting: Setting) -> Draw:
    runs = stand.runs[fold]
    if setting.source is not Source.QUANTILES:
        return draw_of(setting.source, runs, setting.passes, setting.seed)
    frozen = draw_of(Source.CONSTANT, runs)
    pairs = stand.folds.folds[fold].train
    head = fit_head(frozen, stand.store, pairs, setting.level, setting.seed + fold, setting.steps)
    write_bytes(head_of(setting.out, fold), head_bytes(head))
    return draw_of(Source.QUANTILES, runs, head=head)


def _factors(stand: Stand, setting: Setting) -> Iterator[Factor]:
    needs: dict[str, Needs] = {region: defaultdict(list) for region in REGIONS}
    for fold in stand.runs:
        _add_needs(needs, stand, fold)
    for fold in (EVERY, *stand.runs):
        tested = stand.patients_of(stand.folds.folds[fold].test) if fold != EVERY else set()
        for region in REGIONS:
            own = {patient: of for patient, of in needs[region].items() if patient not in tested}
            yield _factor(own, fold, region, setting)


def _add_needs(needs: dict[str, Needs], stand: Stand, fold: int) -> None:
    pairs = stand.folds.folds[fold].val
    made = stated(stand.draws[fold], stand.store, pairs)
    for i, row in enumerate(stand.store.rows(pairs)):
        for region, inside in regions_of(stand.store, row):
            own = np.sort(needed(np.asarray(stand.store.y[row]), made, i, inside))
            needs[region][stand.store.pairs[row].patient].append(own)


def _factor(needs: Needs, fold: int, region: str, setting: Setting) -> Factor:
    alpha, delta, patients = 1 - setting.level, 1 - setting.confidence, sorted(needs)
    least = least_patients(alpha, delta, setting.bound)
    if len(patients) < least:
        where = "" if fold == EVERY else f" who are not tested by fold {fold}"
        raise UsageError(
            f"{len(patients)} patients{where} validate with a {region} that can be measured.",
            f"{least} at least, which the bound {setting.bound} needs for {setting.level:.0%} even without an error",
            "name runs of more folds, take a larger validation part, another --bound or a lower --level",
        )
    candidates = _candidates(needs)
    losses = np.array([_losses(needs[patient], candidates) for patient in patients])
    found = factor_of(losses, candidates, alpha, delta, setting.bound)
    if found is None:
        raise UsageError(f"No factor covers the {region} of {len(patients)} patients.", "a spread that follows errors")
    outside = float(losses[:, int(np.searchsorted(candidates, found))].mean())
    return Factor(fold, region, found, len(patients), sha256_text("\n".join(patients)), outside)


def _candidates(needs: Needs) -> Float[np.ndarray, " k"]:
    every = np.concatenate([image for images in needs.values() for image in images])
    least = max(float(np.quantile(every, 0.01)), 1e-6)
    return np.geomspace(least, max(float(every.max()), 2 * least) * 1.001, CANDIDATES)


def _losses(images: Sequence[np.ndarray], factors: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """Return the mean over a patient's images of the share of pixels outside, at each factor."""
    losses: np.ndarray = np.mean([1 - np.searchsorted(i, factors, "right") / i.size for i in images], axis=0)
    return losses


def _tested(stand: Stand, fold: int, factors: Sequence[Factor]) -> Iterator[dict[str, Any]]:
    known: Fold = stand.folds.folds[fold]
    yield from _rows(stand.draws[fold], stand.store, known.test, factors, (INTERNAL, fold, fold))


def _elsewhere(stand: Stand, store: Store, factors: Sequence[Factor]) -> Iterator[dict[str, Any]]:
    pairs = tuple(pair.pair for pair in store.pairs)
    for fold, draw in stand.draws.items():
        yield from _rows(draw, store, pairs, factors, (store.folder.name, fold, EVERY))


def _rows(draw: Draw, store: Store, pairs: Sequence[str], factors: Sequence[Factor],
          named: tuple[str, int, int]) -> Iterator[dict[str, Any]]:  # fmt: skip
    data, fold, calibrated = named
    of = {f.region: f.factor for f in factors if f.fold == calibrated}
    made, both = stated(draw, store, pairs), (of[BREAST], max(of.values()))
    for i, row in enumerate(store.rows(pairs)):
        for cells in coverage_rows(store, row, made, i, both):
            yield {"data": data, "fold": fold} | cells


def _facts(stand: Stand, setting: Setting) -> dict[str, Any]:
    store = stand.store
    tested = stand.patients_of(pair for fold in stand.runs for pair in stand.folds.folds[fold].test)
    named = ("source", "level", "confidence", "bound", "passes", "steps", "seed")
    weights = {str(fold): [f"{r.recipe.name} {r.weights}" for r in runs] for fold, runs in stand.runs.items()}
    return {name: getattr(setting, name) for name in named} | {
        "runs": weights, "data": store.digest, "origin": store.origin, "protocol": store.protocol,
        **store.framing.facts, "tested_digest": sha256_text("\n".join(sorted(tested))),
    }  # fmt: skip
