"""The first screen: for each method the five numbers that matter, beside trivial references and the ceiling."""

from vcem.folders.truth import ACQUIRED
from vcem.metrics.iodine import SHOWS_MG_CM2
from vcem.report.differences import Verdict, verdicts
from vcem.report.dots import Column, Dots, Line, kind_of
from vcem.report.free_response import COMPARED, found_at
from vcem.report.study import Study
from vcem.report.tables import count
from vcem.report.truth import Truth
from vcem.report.truth_numbers import missed_and_hallucinated
from vcem.stats.ceiling import Range
from vcem.stats.correlation import pearson
from vcem.stats.intervals import UNKNOWN, Interval, share_interval

LIKENESS = Column("psnr_breast", "PSNR in the breast (dB) ↑", True, 1)
CONTRAST = Column("contrast_correlation", "Lesion contrast, correlation ↑", True, 2)
FOUND = Column(f"found_at_{COMPARED:g}", f"Lesions found at {COMPARED:g} false places ↑", True, 0, True, (0, 1))
MISSED = Column("missed", "Enhancement missed ↓", False, 0, True, (0, 1))
INVENTED = Column("hallucinated", "Places invented per image ↓", False, 2)
INVENTED_AT_LESIONS = Column("hallucinated", "Enhancement invented ↓", False, 0, True, (0, 1))
CEILING = "Ceiling of LE alone"
CAPTION = (
    "Dots with 95 % patient-bootstrap intervals; dotted the best trivial reference, dashed, where the truth is known, "
    "the ceiling of LE alone."
)


def glance(study: Study, judged: bool = True) -> Dots:
    """Put five numbers of every method side by side: learned methods, references, and what the truth adds."""
    told = {v.method: v for v in verdicts(study)} if judged else {}
    lines = [_line(study, m, told.get(m)) for m in study.scores.methods]
    if truth := study.truth:
        lines += _beyond(truth)
    invented = INVENTED_AT_LESIONS if study.truth else INVENTED
    columns = (LIKENESS, CONTRAST, FOUND, MISSED, invented)
    return Dots("glance", "Does it work?", study.stamp, CAPTION, columns, tuple(lines), _meaning(study))


def _line(study: Study, method: str, told: Verdict | None) -> Line:
    like = study.mean(method, LIKENESS.name) if LIKENESS.name in study.scores.columns else UNKNOWN
    found = (like, contrast_correlation(study, method), found_at(study, method), *_wrong(study, method))
    verdict = (told.mark, told.words[0].upper() + told.words[1:]) if told else ("", "")
    return Line(study.short(method), kind_of(study, method), found, verdict)


def contrast_correlation(study: Study, method: str) -> Interval:
    """Return how the contrast of lesions goes with that in DES; NaN without lesions."""
    lesions = study.lesions
    if not lesions.names:
        return UNKNOWN
    predicted = lesions.predicted[lesions.methods.index(method)]
    return pearson(lesions.truth, predicted, lesions.patients, study.draws.weights)


def _wrong(study: Study, method: str) -> tuple[Interval, Interval]:
    """Return missed and invented: by the iodine where it is known, else by what DES shows."""
    if study.truth:
        return missed_and_hallucinated(study.truth, method)
    lesions = study.lesions
    missed = lesions.missed[lesions.methods.index(method)]
    share = share_interval(missed, lesions.patients, study.draws.weights) if lesions.enhancing.any() else UNKNOWN
    return share, study.mean(method, "hallucinated")


def _beyond(truth: Truth) -> list[Line]:
    """Return the acquired DES, which is not perfect either, and the Bayes ceiling with its range under other priors."""
    lines = []
    if ACQUIRED in truth.methods:
        own = missed_and_hallucinated(truth, ACQUIRED)
        lines.append(Line("Acquired DES", "acquired", (UNKNOWN, UNKNOWN, UNKNOWN, *own)))
    if truth.ceiling:
        own = (_range(truth.ceiling, "missed"), _range(truth.ceiling, "lit"))
        lines.append(Line(CEILING, "ceiling", (UNKNOWN, UNKNOWN, UNKNOWN, *own)))
    return lines


def _range(ceiling: Range, part: str) -> Interval:
    low, high = sorted(getattr(c, part) for c in (ceiling.low, ceiling.high))
    return Interval(getattr(ceiling.given, part), low, high)


def _meaning(study: Study) -> str:
    seen = count(int(study.lesions.enhancing.sum()), "lesion")
    told = (
        "PSNR: mean over images. Correlation: of a lesion's contrast with that in DES, over all that can be measured. "
        f"Found: of the {seen} that enhance in DES, where each method may mark {COMPARED:g} wrong places per image. "
    )
    if study.truth is None:
        return told + (
            f"Missed: of the same {seen} those that do not enhance in the prediction. Invented: places that light up "
            "in the prediction alone. An image that lights up nowhere invents nothing and misses everything."
        )
    lit, dark = (int((study.truth.enhancing == v).sum()) for v in (1, 0))
    return told + (
        f"Against the true iodine: of {count(lit, 'lesion')} with iodine those that show less than {SHOWS_MG_CM2} "
        f"mg/cm² (missed), of {dark} without those that show as much (invented); faint and tiny ones apart. The "
        "ceiling has its range under other priors."
    )
