"""`vcem study new`: from a design to a frozen study."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class New:
    """Draw cases and orders, make the pictures, freeze the protocol with a check sum and seal the truth."""

    design: Annotated[Positional[Path], arg(metavar="DESIGN")]
    """DESIGN.toml."""
    out: Path
    """Folder of the new study."""
    data: Path
    """Prepared folder with the cases."""
    predictions: Annotated[tuple[str, ...], arg(metavar="[NAME=]FOLDER")] = ()
    """Folders made by vcem predict; a model is called as its method, unless a name is put before its folder. Several
    folds of one model belong together."""
    truth: Path | None = None
    """Where the sealed truth goes, outside the study; OUT-truth.json beside it if left out."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(New, words, "study new")
    from vcem.folders.predictions import read_predictions
    from vcem.folders.prepared import open_store
    from vcem.folders.study import truth_beside
    from vcem.study.design import read_design
    from vcem.study.freeze import write_study
    from vcem.study.sources import gather

    design, store = read_design(args.design), open_store(args.data)
    named = []
    for word in args.predictions:
        name, _, folder = word.rpartition("=")
        opened = read_predictions(Path(folder))
        named.append((name or opened.maker.method, opened))
    truth = args.truth or truth_beside(args.out)
    study = write_study(design, gather(store, named), args.out, truth)
    say(
        f"{study.folder}: {len(design.readers)} readers, {len(study.slots)} readings in "
        f"{design.reading.sessions} session(s) each, pictures of {study.rows} x {study.columns}, origin {store.origin}"
    )
    if study.left_out:
        say(f"{study.left_out} cases of unknown pathology left out: {design.cases.unknown_left_out_because}")
    if study.known_patients:
        say(f"beware: {study.known_patients} images are of patients of whom a network saw another image in training")
    for line in study.plan:
        say(line)
    say(f"protocol {study.protocol}")
    say(f"sealed truth {truth}: keep it away from readers and from the server")
    return 0
