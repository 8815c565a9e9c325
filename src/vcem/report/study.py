"""Everything a report is made of, gathered once: runs, scores, lesions, random draws, and all comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vcem.core.errors import UsageError
from vcem.core.files import MANIFEST, Row, read_manifest, sha256
from vcem.core.grid import Framing, framing_of, size_of
from vcem.core.terms import Frame
from vcem.folders import prepared
from vcem.folders.detection import Found, read_detection
from vcem.folders.folds import Folds, file_of, leaks_of, read_folds, read_leaks
from vcem.folders.truth import Facts, has_facts, read_facts
from vcem.metrics.table import Area
from vcem.report.collect import DENSITIES, Item, Lesions, Scores, collect_lesions, collect_scores, labels
from vcem.report.compare import Block, Comparison, Draws, compare, draw, image_block, lesion_family, pairings
from vcem.report.quantities import Quantity, method_name, quantities, short_name
from vcem.report.runs import Run, Unscored, find_runs
from vcem.report.tables import count
from vcem.report.truth import Truth, collect_truth, read_table
from vcem.stats.intervals import Interval, mean_intervals

FRAMES = {Frame.FIELD: "the whole field", Frame.BREAST: "the breast's box"}


@dataclass(frozen=True)
class Prepared:
    """What the prepared folder adds to the scores, its arrays apart; `truth` where it is of a simulated cohort."""

    folder: Path
    digest: str
    manifest: dict[str, Any]
    pairs: int
    folds: Folds | None
    leaks: tuple[Row, ...]
    truth: Facts | None

    @property
    def framing(self) -> Framing:
        """Which grid, and what of the given images it shows."""
        return framing_of(self.manifest)

    @property
    def protocol(self) -> str:
        """How the images were prepared."""
        return str(self.manifest["protocol"])

    @property
    def split(self) -> str:
        """How the folds were drawn; "" without a folds file."""
        return str(self.folds.protocol) if self.folds else ""


@dataclass(frozen=True, eq=False)
class Study:
    """The material of one report. `control` is the truth of a second cohort, whose uptake is decoupled from looks.

    `detectors`: what detectors of lesions found in the same images. `uncertainty`: folders of calibrations.
    """

    runs: tuple[Run, ...]
    unscored: tuple[Unscored, ...]
    scores: Scores
    lesions: Lesions
    draws: Draws
    prepared: Prepared | None
    seed: int
    truth: Truth | None = None
    control: Truth | None = None
    detectors: tuple[Found, ...] = ()
    uncertainty: tuple[Path, ...] = ()

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The method behind each label of the tables."""
        return {label: method for (_, method), label in labels(self.runs).items()}

    def title(self, label: str) -> str:
        """Return a method's name for a sentence, or its recipe where several share a method."""
        return method_name(label) if self.kinds.get(label, label) == label else label

    def short(self, label: str) -> str:
        """Return the same for a tick or a column."""
        return short_name(label) if self.kinds.get(label, label) == label else label

    @cached_property
    def recipes(self) -> dict[str, list[Run]]:
        """The runs of each label, by fold."""
        names = labels(self.runs)
        found: dict[str, list[Run]] = {label: [] for label in self.scores.learned}
        for run in sorted(self.runs, key=lambda r: r.fold):
            found[names[run.recipe, run.method]].append(run)
        return found

    @cached_property
    def folds(self) -> int:
        """How many folds there should be: by folds.json, else by the highest fold seen."""
        if self.prepared and self.prepared.folds:
            return len(self.prepared.folds.folds)
        return 1 + max([r.fold for r in self.runs] + [u.fold for u in self.unscored])

    def mean(self, method: str, column: str, chosen: slice | np.ndarray = slice(None)) -> Interval:
        """Return the mean of a score over images, or over the chosen ones, with its patient-bootstrap interval."""
        values = self.scores.of(method, column)[chosen]
        return mean_intervals(values[:, None], self.scores.patients[chosen], self.draws.weights)[0]

    def missing(self, label: str) -> list[int]:
        """Return the folds that a learned method lacks."""
        done = {r.fold for r in self.recipes[label]}
        return [k for k in range(self.folds) if k not in done]

    @cached_property
    def size(self) -> str:
        """Rows and columns of every image, as text."""
        size = str(size_of(self.scores.common["size"])).replace("x", "×")
        return f"{size}, {FRAMES[self.prepared.framing.frame]}" if self.prepared else size

    @cached_property
    def stamp(self) -> str:
        """What stands on every table and picture: origin, protocol, resolution, and how much was tested."""
        common, pairs = self.scores.common, len({i.pair for i in self.scores.items})
        tests = len(self.scores.items)
        again = f" in {tests} tests" if tests != pairs else ""
        patients = count(len(self.scores.patient_names), "patient")
        return (
            f"Origin: {common['origin']} · protocol: {common['protocol']} · {self.size} · "
            f"{count(pairs, 'test pair')}{again} of {patients}"
        )

    @cached_property
    def regions(self) -> dict[str, tuple[Quantity, ...]]:
        """What is shown of the whole image and of the breast."""
        return _regions(self.scores)

    @cached_property
    def families(self) -> dict[str, list[Comparison]]:
        """All comparisons of each region, each region one family of Holm's correction."""
        return {name: compare([image_block(self.scores, qs)], self.draws) for name, qs in self.regions.items()}

    @cached_property
    def lesion_comparisons(self) -> list[Comparison]:
        """The comparisons in the lesion, one family."""
        return lesion_family(self.scores, self.lesions, self.draws)

    @cached_property
    def density_families(self) -> dict[str, list[list[Comparison]]]:
        """The comparisons within each density, each density of a region one family."""
        return {name: self._by_density(image_block(self.scores, qs)) for name, qs in self.regions.items()}

    def _by_density(self, block: Block) -> list[list[Comparison]]:
        chosen = [self.scores.densities == c for c in range(len(DENSITIES))]
        return [compare([_only(block, own)], self.draws) for own in chosen]


def _only(block: Block, chosen: np.ndarray) -> Block:
    return replace(block, patients=block.patients[chosen], cube=block.cube[:, chosen])


def _regions(scores: Scores) -> dict[str, tuple[Quantity, ...]]:
    return {area.words: quantities(area, scores.columns) for area in Area}


def read_study(roots: Sequence[Path], data: Path | None, seed: int) -> Study:
    """Read all runs, and the prepared folder they were trained on where it can be found.

    Args:
        roots: folders of runs, of one recipe or of one fold.
        data: the prepared folder; where None, the one beside the runs that has the check sum they name, if any.
        seed: of the bootstrap and the randomisation tests.

    Raises:
        UsageError: if there is no scored run, the runs do not belong together, or `data` are not what they used.
    """
    runs, unscored = find_runs(roots)
    scores = collect_scores(runs)
    known = _prepared(data or _beside(roots, scores.common["data"]), asked=data is not None)
    if known:
        _refuse_other_data(known, scores)
    largest = max(map(len, _regions(scores).values())) * len(pairings(scores.methods))
    draws = draw(len(scores.patient_names), largest, seed)
    lesions = collect_lesions(runs, scores)
    table = read_table(known.truth.joint_table) if known and known.truth else ()
    truth = collect_truth(runs, scores.patient_names, draws.weights, table)
    return Study(tuple(runs), tuple(unscored), scores, lesions, draws, known, seed, truth)


def with_control(study: Study, control: Study) -> Study:
    """Add the truth of a shuffle control.

    Raises:
        UsageError: if its uptake is not known to be decoupled from what LE shows.
    """
    if control.truth is None or not control.truth.decoupled:
        raise UsageError(
            f"The runs of the control, such as {control.runs[0].folder}, are on no decoupled cohort.",
            "runs on a cohort simulated with uptake decoupled from looks, and its prepared folder beside them",
        )
    return replace(study, control=control.truth)


def with_detectors(study: Study, folder: Path) -> Study:
    """Add what detectors found.

    Raises:
        UsageError: if they are of other data, of several recipes or aims, or a fold of one is missing.
    """
    found = read_detection(folder)
    for name in ("find", "recipe_digest", "data", "folds"):
        if len({str(f.facts[name]) for f in found}) > 1:
            raise UsageError(f"The detectors of {folder} differ in {name}.", "detectors of one command")
    if found[0].facts["data"] != study.scores.common["data"]:
        raise UsageError(f"The detectors of {folder} judged other data than the runs.", "detectors of the same data")
    for kind in dict.fromkeys(f.facts["detector"] for f in found):
        done = {f.facts["fold"] for f in found if f.facts["detector"] == kind}
        if gaps := sorted(set(range(found[0].facts["folds"])) - done):
            raise UsageError(
                f"The detectors of {kind} in {folder} lack fold(s) {', '.join(map(str, gaps))}.",
                "detectors of all folds, on the same test images",
                "run the same vcem detect again",
            )
    return replace(study, detectors=tuple(found))


def _beside(roots: Sequence[Path], digest: str) -> Path | None:
    """Find the prepared folder of this check sum among the neighbours of the runs and of their parents."""
    near = [parent for root in roots for parent in (root.resolve().parent, root.resolve().parent.parent)]
    manifests = sorted(path for parent in near for path in parent.glob(f"*/{MANIFEST}"))
    return next((path.parent for path in manifests if digest and sha256(path) == digest), None)


def _prepared(folder: Path | None, asked: bool) -> Prepared | None:
    if folder is None or not (folder / MANIFEST).is_file():
        if asked:
            raise UsageError(f"{folder} is not a prepared folder.", "a folder made by vcem prepare")
        return None
    manifest, file = read_manifest(folder, prepared.KIND, prepared.MADE_BY), file_of(folder)
    folds = read_folds(file) if file.is_file() else None
    return Prepared(folder, sha256(folder / MANIFEST), manifest, len(prepared.read_table(folder)), folds,
                    read_leaks(leaks_of(file)), read_facts(folder) if has_facts(folder) else None)  # fmt: skip


def _refuse_other_data(known: Prepared, scores: Scores) -> None:
    found = {"size": str(known.framing.size.plain)} | ({"data": known.digest} if scores.common["data"] else {})
    for what, value in found.items():
        if value != scores.common[what]:
            raise UsageError(
                f"{known.folder} has {what} {value:.16}, the runs were scored on {scores.common[what]:.16}.",
                "the prepared folder of these runs",
                "name it with --data",
            )


def item_name(item: Item) -> str:
    """Return how a picture names its image."""
    density = f", ACR {item.density}" if item.density in DENSITIES else ""
    return f"{item.pair}{density}, fold {item.fold}"
