"""One recipe on one fold, from an opened prepared folder to a finished run folder."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from vcem import __version__
from vcem.core import called
from vcem.core.errors import UsageError
from vcem.core.files import sha256
from vcem.core.lock import locked
from vcem.core.recipe import dump
from vcem.core.seeds import seed_for
from vcem.data.batches import Part, Plan, load_part
from vcem.folders import run
from vcem.folders.folds import Fold, Folds, refuse_shared
from vcem.folders.prepared import UNKNOWN, Store, open_store
from vcem.folders.references import FIELD, has_mean, references_of, write_mean
from vcem.methods.method import Method
from vcem.train import rundir
from vcem.train.device import device_of
from vcem.train.display import Silent, shown, tell_how
from vcem.train.loop import Job, train
from vcem.train.precision import chosen
from vcem.train.ranks import Ranks, joined, wait
from vcem.train.recipe import TrainRecipe
from vcem.train.state import Position


@dataclass(frozen=True)
class Options:
    """How to run, which no recipe says: threads and device decide the last bits.

    `init_from`: the run whose networks to start from. `beside`: prepared data that share every batch.
    `checkpoint_steps`: steps between checkpoints within an epoch, in one process only. `plain`: tell by lines even on
    a terminal, where several folds train at once.
    """

    threads: int | None = None
    device: str = "auto"
    init_from: Path | None = None
    beside: Path | None = None
    checkpoint_steps: int = 0
    plain: bool = False


def train_fold(recipe: TrainRecipe, store: Store, folds: Folds, index: int, out: Path, options: Options) -> rundir.Run:
    """Train one fold, or go on with it; a finished one is left as it is.

    Raises:
        UsageError: if recipe, data, folds and run folder do not belong together.
        FailureError: if a file of the run is damaged or training fails.
    """
    fold = fold_of(recipe, store, folds, index)
    folder = run.folder_of(out, recipe.name, index)
    device = device_of(options.device)
    with joined(device) as ranks:
        before = [*store.manifest.get(called.FIELD, ()), *folds.called]
        setting = _Setting(index, len(folds.folds), options, device, ranks, before)
        if not ranks.first:
            return _train(recipe, store, fold, folder, setting)
        with locked(folder, "training"):
            return _train(recipe, store, fold, folder, setting)


@dataclass(frozen=True)
class _Setting:
    index: int
    folds: int
    options: Options
    device: torch.device
    ranks: Ranks
    called: list[str]


def _train(recipe: TrainRecipe, store: Store, fold: Fold, folder: Path, setting: _Setting) -> rundir.Run:
    options, ranks = setting.options, setting.ranks
    _refuse_idle_ranks(recipe, fold, ranks)
    if options.init_from:
        rundir.refuse_other_images(rundir.read_run(options.init_from), store)
    method = method_of(recipe, setting.index, options.init_from)  # what cannot be made leaves no folder behind
    other = beside_of(recipe, store, fold, options.beside)
    facts = rundir.facts_of(recipe, store, setting.index, fold, options.init_from) | _machine(recipe, setting)
    facts |= {"beside": other.digest} if other else {}
    if ranks.first:
        _begin(folder, dump(recipe), facts | {called.FIELD: setting.called}, store, fold)
    wait(ranks)
    facts = rundir.read_run(folder).facts
    if facts.get("finished"):
        return rundir.read_run(folder)
    torch.set_num_threads(_threads(facts, options))
    plan, beside = _plans(recipe, setting, other)
    moments = options.init_from if recipe.training.keep_moments else None
    own, val = (load_part(store, pairs, recipe.method.channels, recipe.before) for pairs in (fold.train, fold.val))
    job = Job(folder, recipe.training, plan, own, val, setting.device, ranks, options.checkpoint_steps, moments,
              beside)  # fmt: skip
    if ranks.first:
        title = f"{recipe.name} fold {setting.index}"
        tell_how(title, str(facts["device"]), torch.get_num_threads(), str(facts["computes_in"]))
        with shown(title, options.plain) as display:
            for text in notes(job.train):
                display.note(text)
            position = train(job, method, display)
        run.write_facts(folder, facts | _outcome(position) | {run.WEIGHTS: sha256(run.best_of(folder))})
    else:
        train(job, method, Silent())
    wait(ranks)  # nobody reads the outcome before it is written
    return rundir.read_run(folder)


def _begin(folder: Path, recipe: str, facts: dict[str, Any], store: Store, fold: Fold) -> None:
    """Make the run folder, with the trivial references of its training pairs; one that stands is accepted."""
    if run.is_run(folder) and has_mean(folder):
        run.begin(folder, recipe, facts)
        return
    references = references_of(store, fold.train)
    run.begin(folder, recipe, facts | {FIELD: references.facts})
    write_mean(folder, references)


def _plans(recipe: TrainRecipe, setting: _Setting, other: Store | None) -> tuple[Plan, tuple[Part, Plan] | None]:
    """Return the plan of the fold's pairs, and the pairs beside them with theirs."""
    ranks = setting.ranks
    plan = Plan(recipe.seed, setting.index, recipe.training.batch, recipe.augment, ranks.rank, ranks.count)
    if other is None:
        return plan, None
    taken = recipe.training.from_beside
    part = load_part(other, [p.pair for p in other.pairs], recipe.method.channels, recipe.before)
    return replace(plan, batch=plan.batch - taken), (part, replace(plan, batch=taken))


def beside_of(recipe: TrainRecipe, store: Store, fold: Fold, folder: Path | None) -> Store | None:
    """Open the data that share every batch, if the recipe gives them a share.

    Raises:
        UsageError: if recipe and command disagree, the data were prepared otherwise, lack a channel that the method
            trains with, or hold a patient whom the fold validates or tests with.
    """
    if (folder is None) != (recipe.training.beside is None):
        raise UsageError(
            f"Recipe {recipe.name} {'gives no' if folder else 'gives a'} share of each batch to other data.",
            "training.beside in the recipe and --beside on the command line, or neither",
        )
    if folder is None:
        return None
    other = open_store(folder)
    if (other.protocol, other.framing) != (store.protocol, store.framing):
        raise UsageError(
            f"{folder} holds {other.framing} by the {other.protocol} protocol.",
            f"{store.framing} by the {store.protocol} one, as {store.folder}",
        )
    for name in recipe.asked:
        other.channel(name)
    held = {store.pairs[row].patient for row in store.rows([*fold.val, *fold.test])}
    both = sorted(held & {p.patient for p in other.pairs}) if other.origin == store.origin else []
    if both:
        raise UsageError(
            f"{len(both)} patient(s) whom this fold validates or tests with are in {folder} too, such as {both[0]}.",
            "other patients: scores would flatter",
        )
    return other


def fold_of(recipe: TrainRecipe, store: Store, folds: Folds, index: int) -> Fold:
    """Return the fold if recipe, data and folds belong together.

    Raises:
        UsageError: if they do not.
    """
    if not 0 <= index < len(folds.folds):
        raise UsageError(f"There is no fold {index}.", f"0 to {len(folds.folds) - 1}")
    if (recipe.size, recipe.protocol) != (store.size, store.protocol):
        raise UsageError(
            f"{store.folder} holds {store.framing} by the {store.protocol} protocol.",
            f"what recipe {recipe.name} asks for: {recipe.size} pixels by the {recipe.protocol} protocol",
            f"vcem prepare CATALOGUE OUT --protocol {recipe.protocol} --size {recipe.size.plain}",
        )
    if folds.protocol != store.protocol:
        raise UsageError(
            f"The folds are by the {folds.protocol} protocol, the data by the {store.protocol} one.",
            "folds and data of one protocol",
            f"vcem split {store.folder} --protocol {store.protocol}",
        )
    fold = folds.folds[index]
    if not fold.train or not fold.val:
        raise UsageError(f"Fold {index} has no pair to train with or none to validate with.", "at least one of each")
    store.rows([*fold.train, *fold.val, *fold.test])
    refuse_shared(folds.protocol, fold, store.patients)
    for name in recipe.asked:
        store.channel(name)
    if known := {"lesion", "iodine", "chance"} & set(recipe.method.inputs):
        raise UsageError(f"{recipe.name} predicts from {', '.join(known)}, which only the truth holds.",
                         "channels that exist without the DES", "name it in extra: training may have it")  # fmt: skip
    return fold


def notes(part: Part) -> list[str]:
    """Return what is to be told of a part whose lesions are asked for: pairs that train without their terms."""
    if "lesion" not in part.extra:
        return []
    most = [int(part.extra["lesion"][row].max()) for row in part.rows]
    unknown, outlined = most.count(UNKNOWN), sum(0 < n < UNKNOWN for n in most)
    told = [f"{unknown} of {len(most)} training pairs have no outlined lesion and are not said to be normal: "
            "they train without the lesion terms"] if unknown else []  # fmt: skip
    return told + ([] if outlined else ["no training pair has an outlined lesion: the lesion terms do nothing"])


def method_of(recipe: TrainRecipe, index: int, init_from: Path | None) -> Method:
    """Return the method as a fold begins with it: drawn from the recipe's seed, or another run's best networks.

    Raises:
        UsageError: if its networks cannot take the size, or that run is not finished or of other networks.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_for(recipe.seed, "init", index))
        method = recipe.build()
    if init_from:
        source = run.refuse_unfinished(rundir.read_run(init_from))
        if source.recipe.method.kind != recipe.method.kind:
            raise UsageError(
                f"{source.folder} is a run of {source.recipe.method.kind}.", f"a run of {recipe.method.kind}"
            )
        rundir.load_best(source, method.nets)
    return method


def _refuse_idle_ranks(recipe: TrainRecipe, fold: Fold, ranks: Ranks) -> None:
    batch = min(recipe.training.batch, len(fold.train))
    if ranks.count > batch:
        raise UsageError(
            f"A batch of {batch} cannot be shared by {ranks.count} processes.",
            "at least one pair per process",
            "raise training.batch or start fewer processes",
        )


def _machine(recipe: TrainRecipe, setting: _Setting) -> dict[str, Any]:
    return {
        "folds": setting.folds,
        "vcem": __version__,
        "torch": torch.__version__,
        "device": _device_name(setting.device),
        "threads": setting.options.threads or torch.get_num_threads(),
        "ranks": setting.ranks.count,
        "computes_in": str(chosen(recipe.training.precision, setting.device)).removeprefix("torch."),
        "finished": False,
    }


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


def _threads(facts: dict[str, Any], options: Options) -> int:
    begun_with = int(facts["threads"])
    if options.threads not in (None, begun_with):
        raise UsageError(
            f"This run was begun with {begun_with} thread(s), not {options.threads}.",
            "the same number: another one changes the last bits",
            "leave --threads out",
        )
    return begun_with


def _outcome(position: Position) -> dict[str, Any]:
    standing = position.standing
    return {
        "finished": True,
        "epochs": position.epoch,
        "best_epoch": standing.best_epoch,
        "best_val_l1": standing.best,
        "seconds": round(position.seconds, 1),
    }
