"""`vcem study mrmc`: a multi-reader multi-case study, whoever ran it."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg

from vcem.cli.words import parse, say
from vcem.stats.covariance import Covariance


@dataclass(frozen=True)
class Mrmc:
    """Compare readers' ROC areas between treatments: Obuchowski-Rockette and DBM, readers and cases random or fixed."""

    ratings: Annotated[Positional[Path], arg(metavar="RATINGS")]
    """CSV with columns reader, treatment, case, truth, rating (and patient, if patients have several cases); or the
    exchange file of iMRMC, ending in .imrmc."""
    covariance: Covariance = Covariance.JACKKNIFE
    """How the covariance of the areas over cases is estimated."""
    effect: float | None = None
    """Plan a study that looks for this difference of areas, with the given one as its pilot."""
    readers: int | None = None
    """Readers of the planned study; as many as here if left out."""
    cases: int | None = None
    """Cases of the planned study; as many as here if left out."""
    power: float = 0.8
    """Power for which the number of cases is sought."""
    imrmc: Path | None = None
    """Also write the ratings to this iMRMC file."""
    json: bool = False
    """Print one JSON object."""


def run(words: list[str]) -> int:
    """Run the verb."""
    args = parse(Mrmc, words, "study mrmc")
    from vcem.study.imrmc import write_imrmc
    from vcem.study.mrmc import lines, mrmc, plain, plan, read_study

    found = mrmc(read_study(args.ratings), args.covariance)
    if args.effect is not None:
        found = replace(found, plan=plan(found, args.effect, args.readers, args.cases, args.power))
    if args.imrmc:
        write_imrmc(args.imrmc, found.ratings)
    for line in [json.dumps(plain(found), allow_nan=False)] if args.json else lines(found):
        say(line)
    return 0
