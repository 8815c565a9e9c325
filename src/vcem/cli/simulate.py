"""`vcem simulate`: virtual women, their contrast mammograms as DICOM, and the truth beside them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rich.console import Console
from rich.table import Table
from tyro.conf import Positional, arg

from vcem.cli.progress import watching
from vcem.cli.words import Placed, parse, say
from vcem.core.errors import UsageError
from vcem.simulate.card import Row

if TYPE_CHECKING:
    from vcem.simulate.cohort import Settings

CARD_WIDTH = 120  # a pipe has no width, and the card needs one


@dataclass(frozen=True)
class Simulate(Placed):
    """Simulate contrast mammograms of virtual women with the exact iodine beside them; the same command resumes."""

    out: Annotated[Positional[Path | None], arg(metavar="OUT")] = None
    """Folder to write; left out with --check."""
    patients: int = 4
    """Women; each has both breasts in CC and MLO."""
    seed: int = 0
    """Same seed, same bytes."""
    pixel_mm: float = 0.4
    """Pixel spacing."""
    native: bool = False
    """0.1 mm and 2850 x 2396 or 2294 x 1916 pixels, as the machine writes them."""
    priors: Path | None = None
    """Recipe of the priors: who the women are and what they have; the default is recipes/simulate/default.toml."""
    late: bool = False
    """Also a DES eight minutes later."""
    raw: bool = False
    """Also the raw LE and HE exposures For Processing, which vcem recombine takes; the other files stay the same."""
    dose: str = ""
    """Also LE and DES at reduced doses, into the truth: percents of the iodine such as 0,5,10,25,50. Woman, exposure
    and noise are the same; 100 is the full dose; the other files stay the same."""
    jobs: int = os.cpu_count() or 1
    """Worker processes; the result does not depend on it."""
    check: bool = False
    """Print the report card of physics and realism in place of simulating; exit 1 if a quantity is outside its band."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Simulate, words, "simulate")
    if args.check:
        return _check(args)
    if args.out is None:
        raise UsageError("There is no folder to write.", "vcem simulate OUT, or vcem simulate --check")
    from vcem.simulate.cohort import simulate

    rows = simulate(args.out, _settings(args), args.patients, args.jobs, watching("simulating", "views"))
    enhancing = sum(bool(row["enhancing"]) for row in rows)
    say(f"{len(rows)} views of {args.patients} virtual women, {enhancing} with enhancement -> {args.out}")
    say(f"simulated, not clinical; next: vcem import dicom {args.out} CATALOGUE")
    return 0


def _settings(args: Simulate) -> "Settings":
    from vcem.core.doses import doses_of
    from vcem.simulate.cohort import Settings
    from vcem.simulate.field import NATIVE_MM
    from vcem.simulate.recipe import read_recipe

    spacing_mm = NATIVE_MM if args.native else args.pixel_mm
    doses = doses_of(args.dose) if args.dose else ()
    return Settings(args.seed, spacing_mm, args.late, read_recipe(args.priors), args.raw, doses)


def _check(args: Simulate) -> int:
    from vcem.simulate.check_physics import physics_rows
    from vcem.simulate.check_realism import Setting, realism_rows
    from vcem.simulate.recipe import read_recipe

    recipe = read_recipe(args.priors)
    setting = Setting(recipe.priors, recipe.acquisition, recipe.look, args.seed)
    with Console(stderr=True).status("rendering what the card needs, about a minute"):
        rows = [*physics_rows(recipe.acquisition), *realism_rows(setting)]
    Console(width=max(Console().width, CARD_WIDTH)).print(_card(rows))
    failed = [row.quantity for row in rows if not row.passes]
    say(f"{len(rows) - len(failed)} of {len(rows)} quantities within their bands; simulated, not clinical")
    if failed:
        say(f"outside: {', '.join(failed)}")
    return 1 if failed else 0


def _card(rows: Sequence[Row]) -> Table:
    table = Table(title="Report card of the simulator")
    for name in ("quantity", "found", "band", "unit", "", "source of the band"):
        table.add_column(name, justify="right" if name in ("found", "band") else "left")
    for row in rows:
        verdict = "passes" if row.passes else "OUTSIDE"
        table.add_row(row.quantity, f"{row.found:.4g}", _band(row), row.unit, verdict, row.source)
    return table


def _band(row: Row) -> str:
    return f"{row.low:.4g} to {row.high:.4g}"
