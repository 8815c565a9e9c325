"""`vcem look`: a contact sheet of a study, for a person's eye."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import parse, say
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import write_bytes, write_text

if TYPE_CHECKING:
    from vcem.apply.exam import Exam
    from vcem.folders.catalogue import Skipped

MOST_ROWS = {".png": 40, ".html": 400}


@dataclass(frozen=True)
class Look:
    """Draw LE, DES and virtual DES images side by side, so that a person checks them at a glance."""

    inputs: Annotated[Positional[tuple[Path, ...]], arg(metavar="IN...")]
    """Folders, such as a study and its virtual DES images, or single files."""
    out: Path = Path("look.png")
    """Picture to write, or a page if it ends in .html."""
    rules: Path | None = None
    """Table of rules that say which image is LE or DES, besides those of vcem/dicom/vendors.toml."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Look, words, "look")
    from vcem.apply.contact_page import to_html
    from vcem.apply.contact_sheet import draw, to_png
    from vcem.apply.exam import read_exam
    from vcem.dicom.vendors import read_rules

    _refuse(args)
    exam = read_exam(args.inputs, read_rules(args.rules))
    _refuse_more(exam, args.out)
    sheet = draw(exam, watching("drawing", "rows")(exam.rows, len(exam.rows)))
    _tell((*exam.left_out, *sheet.unread))
    if not any(cell.picture for cells in sheet.cells for cell in cells.values()):
        raise FailureError("No image could be drawn.", "images that can be read", "see the reasons above")
    if args.out.suffix == ".html":
        write_text(args.out, to_html(sheet, f"vcem look {args.inputs[0].name}"))
    else:
        write_bytes(args.out, to_png(sheet))
    say(f"{len(exam.rows)} rows of {', '.join(exam.columns)} -> {args.out}")
    say("the sheet is as identifying as the images in it")
    return 0


def _refuse(args: Look) -> None:
    if not args.inputs:
        raise UsageError("There is nothing to look at.", "vcem look STUDY [VIRTUAL] --out look.png")
    if args.out.suffix not in MOST_ROWS:
        raise UsageError(f"{args.out} is neither a picture nor a page.", "a name that ends in .png or .html")
    if args.out.resolve() in {given.resolve() for given in args.inputs}:
        raise UsageError(f"{args.out} is one of the inputs.", "another name for the sheet")


def _refuse_more(exam: "Exam", out: Path) -> None:
    most = MOST_ROWS[out.suffix]
    if len(exam.rows) > most:
        raise UsageError(
            f"{len(exam.rows)} rows are too many for one {out.suffix} file.",
            f"at most {most} rows; a page (.html) holds {MOST_ROWS['.html']}",
            "look at fewer studies at a time",
        )


def _tell(left_out: "Sequence[Skipped]") -> None:
    reasons: dict[str, list[str]] = defaultdict(list)
    for one in left_out:
        reasons[one.why].append(one.what)
    for why, files in sorted(reasons.items()):
        others = f" and {len(files) - 1} more" if len(files) > 1 else ""
        say(f"left out: {files[0]}{others}: {why}")
