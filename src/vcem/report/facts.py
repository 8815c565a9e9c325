"""The head of a report: what was measured, on what, how to do it again, and what to beware of."""

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from vcem import __version__
from vcem.core.called import FIELD, chain
from vcem.report.quantities import method_name
from vcem.report.runs import Run
from vcem.report.study import Study
from vcem.report.tables import Table, count, listed, row


def facts(study: Study) -> list[tuple[str, str]]:
    """Return name and value of each fact about the whole report."""
    common, scores = study.scores.common, study.scores
    tests = len(scores.items)
    pairs = len({i.pair for i in scores.items})
    machines = sorted({i.machine for i in scores.items if i.machine})
    return [
        ("Origin of the images", common["origin"]),
        ("Protocol", _protocols(study)),
        ("Resolution", study.size),
        ("Prepared data", _data(study)),
        ("Tested", f"{count(tests, 'test')} of {count(pairs, 'pair')}, {count(len(scores.patient_names), 'patient')}"),
        ("Folds", _folds(study)),
        ("Mammography units", ", ".join(machines) or "not recorded"),
        ("Intervals and tests", f"{study.draws.resamples} draws of patients, seed {study.seed}"),
        ("vcem", __version__),
    ]


def _data(study: Study) -> str:
    digest = study.scores.common["data"] or (study.prepared.digest if study.prepared else "")
    name = f"check sum {digest[:16]}" if digest else "check sum not recorded"
    return f"{count(study.prepared.pairs, 'pair')}, {name}" if study.prepared else name


def _protocols(study: Study) -> str:
    """Name the protocols of scoring, preparing and splitting; one word where they agree."""
    scored, prepared = study.scores.common["protocol"], study.prepared
    if not prepared or {prepared.protocol, prepared.split} <= {scored, ""}:
        return scored
    return f"scored {scored}, prepared {prepared.protocol}, split {prepared.split or 'not recorded'}"


def _folds(study: Study) -> str:
    folds = study.prepared.folds if study.prepared else None
    return f"{study.folds}" + (f", seed {folds.seed}" if folds else "")


def warnings(study: Study) -> list[str]:
    """Return what a reader must know before any number: missing folds, changed recipes, simulated images."""
    found = []
    if study.scores.common["origin"] == "simulated":
        found.append("These images are simulated: no figure here says anything about patients.")
    for label in study.scores.learned:
        if gaps := study.missing(label):
            done = study.folds - len(gaps)
            found.append(f"{label}: only {done} of {study.folds} folds are scored; {_these(gaps)} missing.")
        if len({r.recipe_digest for r in study.recipes[label]}) > 1:
            found.append(f"{label}: its folds were trained with different recipes.")
        if old := [c for c in study.scores.columns if any(c not in r.tables.images[0] for r in study.recipes[label])]:
            found.append(f"{label}: folds scored before {listed(old)} came have none; run vcem score on them again.")
    if not study.scores.references:
        found.append("No trivial reference was scored: nothing shows what these figures are worth.")
    if not study.prepared:
        found.append("The prepared folder was not found: the leak report and the pictures are missing (use --data).")
    return found


def _these(folds: Sequence[int]) -> str:
    return f"fold{'s' * (len(folds) > 1)} {listed([str(k) for k in folds])} {'are' if len(folds) > 1 else 'is'}"


def recipes_table(study: Study) -> Table:
    """Make the table of what was trained."""
    rows, records = [], []
    for label, runs in study.recipes.items():
        digests = list(dict.fromkeys(r.recipe_digest for r in runs))
        method, recipe = method_name(study.kinds[label]), runs[0].recipe
        rows.append(row(method, recipe, ", ".join(filter(None, digests)) or "not recorded",
                        f"{len(runs)} of {study.folds}", _computed(runs)))  # fmt: skip
        records.append({"method": study.kinds[label], "recipe": recipe, "digest": " ".join(digests),
                        "folds": len(runs), "folds_expected": study.folds, "computed": _computed(runs)})  # fmt: skip
    caption = "What was trained. The digest is the start of the check sum of the whole resolved recipe."
    header = ("Method", "Recipe", "Recipe digest", "Folds", "Trained on")
    return Table("recipes", "Recipes", study.stamp, caption, header, tuple(rows), tuple(records))


def _computed(runs: Sequence[Run]) -> str:
    """Name device, precision and PyTorch of the trainings, as they recorded them."""
    found = dict.fromkeys((r.facts.get("device"), r.facts.get("computes_in"), r.facts.get("torch")) for r in runs)
    named = (f"{device}, {precision}, PyTorch {torch}" for device, precision, torch in found if device)
    return "; ".join(named) or "not recorded"


def commands(study: Study) -> list[str]:
    """Return the commands that led to this report, as what they made keeps them; none where nothing keeps any."""
    made: list[dict[str, Any]] = [run.facts for run in study.runs]
    if study.prepared:
        folds = study.prepared.folds
        made = [study.prepared.manifest, {FIELD: folds.called if folds else ()}, *made]
    return chain(*made) if any(facts.get(FIELD) for facts in made) else []


def machine() -> list[tuple[str, str]]:
    """Describe this machine; asked for with --machine, since it makes the page differ from machine to machine."""
    import os

    return [
        ("Processor", _processor()),
        ("Cores", str(os.cpu_count())),
        ("System", f"{platform.system()} {platform.machine()}"),
        ("Python", platform.python_version()),
        ("PyTorch", _torch()),
    ]


def _torch() -> str:
    try:
        return version("torch")
    except PackageNotFoundError:  # a report needs none
        return "not installed"


def _processor() -> str:
    """Return the model name as Linux gives it, else what Python knows."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.is_file() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "not known")
