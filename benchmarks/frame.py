"""The frame of the breast against the square field at about equal millimetres a pixel, in one run.

    python benchmarks/frame.py CATALOGUE WORK --field 128 --breast 144x80 [--pixel-mm 2.4] [--epochs 0]

Both are prepared of one catalogue. Each side takes its steps in a process of its own, in turn, timed by the clock of
the processor, so that other work on the machine meets both; the ratio is of medians. Memory is the process's peak above
what it had before the first step. With --epochs both are trained on fold 0 so long, and both are scored on the field's
grid. Given pixels a pixel are medians over pairs: equal ones show that both grids are equally fine.
"""

import argparse
import multiprocessing
import resource
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch

from vcem.cli.main import main as vcem
from vcem.core.files import read_csv
from vcem.core.grid import Framing, size_of
from vcem.core.terms import Frame, Protocol
from vcem.data.batches import Plan, batch_at, load_part
from vcem.data.decode import prepare
from vcem.folders.catalogue import read_catalogue
from vcem.folders.prepared import Store, has_images, open_store
from vcem.methods.method import Batch
from vcem.prepare import chain
from vcem.train.recipe import load
from vcem.train.step import Stepper

SCORES = ("psnr_breast", "ssim_breast", "vif_breast", "contrast_error")


def main() -> None:
    args = arguments()
    framings = {
        "field": Framing(size_of(args.field)),
        "breast": Framing(size_of(args.breast), Frame.BREAST, args.pixel_mm),
    }
    stores = {name: prepared(args, name, framing) for name, framing in framings.items()}
    for name, store in stores.items():
        print(f"{name:7} {store.framing}: {len(store.pairs)} pairs, {given_per_pixel(store):.2f} given pixels a pixel, "
              f"breast fills {store.mask.mean():.0%}", flush=True)  # fmt: skip
    shared = [{p.pair for p in store.pairs} for store in stores.values()]
    print(f"in both: {len(set.intersection(*shared))} pairs")
    for recipe in args.recipes:
        compare(recipe, stores, args)
        if args.epochs:
            score(recipe, stores, args)


def prepared(args: argparse.Namespace, name: str, framing: Framing) -> Store:
    folder, catalogue = args.work / name, read_catalogue(args.catalogue)
    if has_images(folder):
        return open_store(folder)
    few = catalogue.pairs[:: max(1, len(catalogue.pairs) // args.pairs)] if args.pairs else catalogue.pairs
    return prepare(replace(catalogue, pairs=few), folder, Protocol.STRICT, framing)[0]


def given_per_pixel(store: Store) -> float:
    """Return the median over pairs of how many given pixels a pixel of the grid shows, along a side."""
    return float(np.median([chain.given_per_pixel(pair.chain) for pair in store.pairs]))


def compare(recipe: Path, stores: dict[str, Store], args: argparse.Namespace) -> None:
    """Print what a step takes on each side."""
    spawn, ends = multiprocessing.get_context("spawn"), {}
    for name, store in stores.items():
        ends[name], theirs = spawn.Pipe()
        spawn.Process(target=work, args=(theirs, recipe, store.folder), daemon=True).start()
    took: dict[str, list[float]] = {name: [] for name in ends}
    for step in range(args.steps + 1):
        for name, end in ends.items():
            end.send(step)
            took[name].append(end.recv())
    memory = {}
    for name, end in ends.items():
        end.send(None)
        memory[name] = end.recv()
    median = {name: float(np.median(times[1:])) for name, times in took.items()}
    ratio = median["field"] / median["breast"]
    print(
        f"{recipe.stem:12} a step: field {median['field']:.2f} s, breast {median['breast']:.2f} s of one core: ratio "
        f"{ratio:.2f}; memory {memory['field']:.0f} and {memory['breast']:.0f} MiB: ratio "
        f"{memory['field'] / max(memory['breast'], 1):.2f}",
        flush=True,
    )


def work(end: Connection, recipe_file: Path, folder: Path) -> None:
    """Take the steps asked for, in a process of one side alone."""
    torch.set_num_threads(1)
    store = open_store(folder)
    recipe = replace(load(recipe_file), size=store.framing.size)
    torch.manual_seed(0)
    stepper = Stepper(recipe.build(), torch.device("cpu"))
    count = recipe.training.batch
    part = load_part(store, [p.pair for p in store.pairs[: 4 * count]], recipe.method.channels)
    plan = Plan(recipe.seed, 0, count, recipe.augment)
    before = _peak_mib()
    while (step := end.recv()) is not None:
        batch = Batch(*batch_at(part, plan, 1 + step, 0))
        begun = time.process_time()
        stepper.take(batch)
        end.send(time.process_time() - begun)
    end.send(_peak_mib() - before)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def score(recipe: Path, stores: dict[str, Store], args: argparse.Namespace) -> None:
    """Train both on fold 0 and print what each scores on the field's grid."""
    field = stores["field"].folder
    for name, store in stores.items():
        runs, out = args.work / f"runs-{name}", args.work / f"on-field-{name}-{recipe.stem}"
        own = ["--set", f"size='{store.framing.size.plain}'", "--set", f"training.epochs={args.epochs}"]
        data = ["--data", str(store.folder)]
        split = ["split", str(store.folder), "--protocol", "strict", "--folds", "5", "--seed", "0"]
        said = [
            vcem(split),
            vcem(["train", str(recipe), *data, "--fold", "0", "--out", str(runs), "--threads", "1", *own]),
        ]
        run = runs / load(recipe).name / "fold-00"
        onto = [] if name == "field" else ["--onto", str(field)]
        said += [vcem(["predict", str(run), *data, "--out", str(out / "predictions"), *onto]),
                 vcem(["score", str(out / "predictions"), "--data", str(field)])]  # fmt: skip
        if any(said):
            raise SystemExit(f"{name}: a command failed, {said}")
        rows = [row for row in read_csv(out / "scores.csv", SCORES) if not row["method"].startswith("reference")]
        means = {c: np.mean([float(row[c]) for row in rows if row[c]]) for c in SCORES}
        print(f"{recipe.stem:12} {name:7} {len(rows)} pairs: " + ", ".join(f"{c} {v:.4g}" for c, v in means.items()),
              flush=True)  # fmt: skip


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--field", default="128")
    parser.add_argument("--breast", default="144x80")
    parser.add_argument("--pixel-mm", type=float)
    parser.add_argument("--pairs", type=int, default=0, help="about so many, spread over the catalogue; 0: all")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=0)
    small = [Path("recipes/small") / f"{name}.toml" for name in ("autoencoder", "pix2pix", "resunet")]
    parser.add_argument("--recipes", nargs="+", type=Path, default=small)
    return parser.parse_args()


if __name__ == "__main__":
    main()
