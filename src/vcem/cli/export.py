"""`vcem export`: a finished run as a model of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say


@dataclass(frozen=True)
class Export:
    """Write the model of a finished run: weights or an ONNX graph, recipe and model card. For research only."""

    runs: Annotated[Positional[tuple[Path, ...]], arg(metavar="RUN")]
    """Folder of a finished run, such as runs/strict-pix2pix/fold-00, or the name of a model of vcem; one."""
    to: Literal["folder", "onnx", "run"] = "folder"
    """Weights for torch, a graph that vcem enhance runs without torch, or the run without checkpoint and results, which
    vcem predict, validate and further training take too; it names the patients that it learned from."""
    out: Path | None = None
    """Folder to write; RUN/model or RUN/model-onnx if not given."""
    about: Path | None = None
    """TOML file with what the run does not know, for the card: data_set, data_licence, licence, authors, contact,
    intended_use, population, vendors. What is not said is not given."""
    data_set: str = ""
    """Name of the data set that it learned from."""
    data_licence: str = ""
    """Licence of those data."""
    licence: str = ""
    """Licence of the weights, an SPDX identifier such as CC-BY-NC-4.0."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Export, words, "export")
    from vcem.apply.about import read_about
    from vcem.apply.bioimage import why_none
    from vcem.apply.export import default_out, export
    from vcem.core.errors import UsageError
    from vcem.folders.model import Form

    if len(args.runs) != 1:
        raise UsageError(
            f"{len(args.runs)} runs are no one model: a card tells of one recipe, fold and set of weights.",
            "one RUN",
            "draw the mean image of several runs with vcem predict RUN..., on a prepared folder",
        )
    [run_dir], form = args.runs, Form(args.to)
    out = args.out or default_out(run_dir, form)
    about = read_about(args.about, data_set=args.data_set, data_licence=args.data_licence, licence=args.licence)
    card = export(run_dir, out, form, about)
    say(f"model {card['name']}, fold {card['fold']['index']}, as {form} -> {out}")
    if card["scores"] is None:
        say(f"not scored: {card['not_scored']}")
    if form is Form.ONNX and (why := why_none(card)):
        say(f"no rdf.yaml for BioImage.IO: {why}; see --about")
    return 0
