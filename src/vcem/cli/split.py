"""`vcem split`: folds, and what they leak."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.core.errors import UsageError
from vcem.core.keys import parse_pair
from vcem.core.terms import Protocol
from vcem.data.leaks import leaks
from vcem.data.splits import Member, paper_folds, strict_folds
from vcem.folders.catalogue import read_order
from vcem.folders.folds import Folds, Leak, file_of, leaks_of, without, write_folds, write_leaks
from vcem.folders.prepared import open_store


@dataclass(frozen=True)
class Split:
    """Make folds.json and leak.csv, the report of what the folds of both protocols share between train and test."""

    prepared: Annotated[Positional[Path | None], arg(metavar="PREPARED")] = None
    """Folder made by vcem prepare."""
    protocol: Protocol = Protocol.STRICT
    """strict: grouped by patient, each pair tested once. paper: random splits by image, as published."""
    folds: int = 10
    """Number of folds."""
    seed: int = 0
    """Seed of the strict folds; the paper's folds are seeded by their number."""
    ids: Path | None = None
    """Table with a first column of pair ids, in the order to split them, in place of a prepared folder."""
    out: Path | None = None
    """Where folds.json goes; beside the prepared data if not given."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Split, words, "split")
    out = _out(args)
    members, ordered = _members(args.prepared, args.ids)
    absent = set(ordered) - {m.pair for m in members}
    if not members:
        raise UsageError(f"{args.ids or args.prepared} holds no pair.", "at least 10 pairs")
    paper = without(paper_folds(ordered, args.folds), absent)
    strict = strict_folds(members, args.folds, args.seed)
    write_folds(out, paper if args.protocol is Protocol.PAPER else strict)
    write_leaks(leaks_of(out), [*leaks(paper, members), *leaks(strict, members)])
    say(f"{args.folds} folds of {len(members)} pairs by the {args.protocol} protocol: {out}")
    if absent:
        say(f"  {len(absent)} of {len(ordered)} pairs that the authors list are not here: their folds without these")
    for folds in (paper, strict):
        say(_sentence(folds, members))
    return 0


def _out(args: Split) -> Path:
    if (args.prepared is None) == (args.ids is None):
        raise UsageError("Either a prepared folder or --ids is needed, not both.", "vcem split PREPARED, or --ids FILE")
    if args.prepared is not None:
        return file_of(args.prepared, args.out)
    if args.out is None:
        raise UsageError("--ids without --out: nowhere to write.", "--out folds.json")
    return args.out


def _members(prepared: Path | None, ids: Path | None) -> tuple[list[Member], list[str]]:
    """Return the pairs with what to balance, and their names in the order of the paper's protocol.

    That is the order in which an archive's authors list them, also those that are not here, or else that of names.
    """
    if prepared is not None:
        rows = open_store(prepared).pairs
        members = [Member(r.pair, r.patient, f"{r.density} {r.view}", r.side, r.view) for r in rows]
        return members, list(read_order(prepared) or sorted(r.pair for r in rows))
    pairs = _read_ids(ids) if ids else []
    return [Member(k.pair, k.patient, k.view, k.side, k.view) for k in map(parse_pair, pairs)], pairs


def _read_ids(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "a table with a first column of pair ids") from error
    cells = [line.replace(",", "\t").split("\t")[0].strip() for line in lines if line.strip()]
    return cells[1:] if cells and cells[0] in ("id", "pair") else cells


def _sentence(folds: Folds, members: Sequence[Member]) -> str:
    counted: list[Leak] = leaks(folds, members)
    tests = sum(leak.test for leak in counted)
    patients = sum(leak.test_pairs_with_shared_patient for leak in counted)
    views = sum(leak.test_pairs_with_shared_breast_view for leak in counted)
    tested = len({p for fold in folds.folds for p in fold.test})
    return (
        f"  {folds.protocol}: {tests} test places hold {tested} different pairs; "
        f"{patients} share a patient with train, {views} a breast-view"
    )
