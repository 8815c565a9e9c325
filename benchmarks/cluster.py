"""What a cluster costs: units on `local:2` against two processes of the same machine, in turns.

    python benchmarks/cluster.py [--units 200] [--seconds 0.05] [--rounds 3]
    python benchmarks/cluster.py --folds PREPARED   folds of a prepared folder, by the demo's autoencoder
    python benchmarks/cluster.py --many 100000 [--batch 64]   units that do nothing: time and memory of each

Starting the workers is told apart: it is paid once a command. Both sides start a process for each `each`.
"""

import argparse
import os
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

from vcem.engine import How, each
from vcem.engine.distributed import cluster


def work(seconds, item):
    """Hold one core, as real work does."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass
    return item


def nothing(item):
    return item


def timed(unit, items, how, backend):
    began = time.perf_counter()
    done = [r for r in each(unit, items, how, backend=backend) if r is not None]
    assert len(done) == len(items)
    return time.perf_counter() - began


def in_turns(unit, items, how, place, rounds):
    """Return the median ratio of the cluster's time to that of processes, each pair in turn, and both medians."""
    pairs = [(timed(unit, items, how, None), timed(unit, items, how, place)) for _ in range(rounds)]
    ratio = statistics.median(there / here for here, there in pairs)
    return ratio, *(statistics.median(times) for times in zip(*pairs, strict=True))


def units(place, args):
    ratio, here, there = in_turns(
        partial(work, args.seconds), range(args.units), How(2, in_order=False), place, args.rounds
    )
    ideal = args.units * args.seconds / 2
    print(f"{args.units} units of {1000 * args.seconds:.0f} ms: {here:.2f} s by processes, {there:.2f} s on local:2, "
          f"ratio {ratio:.2f} (nothing but the units: {ideal:.2f} s)")  # fmt: skip


def folds(place, args):
    from vcem.score.crossval import do_fold
    from vcem.train.fold import Options
    from vcem.train.recipe import load
    from vcem.train.several import Setting, how_of, tasks_of

    recipe = load(Path("recipes/demo/autoencoder.toml"), ())
    with tempfile.TemporaryDirectory() as name:
        pairs = []
        for number in range(args.rounds):
            times = []
            for backend in (None, place):
                setting = Setting(
                    args.folds, Path(name, f"{number}-{backend is None}"), None, Options(1, plain=True), 2
                )
                tasks = tasks_of([recipe], setting)
                setting, how = how_of(setting, tasks)
                times.append(timed(partial(do_fold, setting), tasks, how, backend))
            pairs.append(times)
    ratio = statistics.median(there / here for here, there in pairs)
    print(f"{len(tasks)} folds of {recipe.name}: seconds by processes and on local:2 {pairs}, ratio {ratio:.2f}")


def many(place, args):
    def memory_mib():
        return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    before, began = memory_mib(), time.perf_counter()
    how = How(batch=args.batch, in_order=False)
    for count, _ in enumerate(each(nothing, range(args.many), how, backend=place), 1):
        if count % (args.many // 4) == 0:
            spent, grown = time.perf_counter() - began, memory_mib() - before
            told = f"{count} units, {args.batch} together: {1e6 * spent / count:.0f} us a unit"
            print(f"{told}; scheduler and command have grown by {grown:.0f} MiB, {1024 * grown / count:.2f} KiB a unit")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=0.05)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folds", type=Path)
    parser.add_argument("--many", type=int, default=0)
    parser.add_argument("--batch", type=int, default=1)
    args = parser.parse_args()
    began = time.perf_counter()
    with cluster("local:2") as place:
        print(f"two workers started in {time.perf_counter() - began:.1f} s")
        (folds if args.folds else many if args.many else units)(place, args)


if __name__ == "__main__":
    main()
