"""Several treatments, read by all readers in sessions with a washout between them: areas under the ROC curve, marks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from vcem.core.errors import UsageError
from vcem.core.files import write_csv, write_json
from vcem.core.recipe import strict
from vcem.core.terms import Side
from vcem.folders.prepared import PreparedPair, Store
from vcem.folders.study import EXCHANGE, MRMC, RATINGS
from vcem.stats.covariance import Covariance
from vcem.stats.power import cases_needed, power
from vcem.study.cases import arms
from vcem.study.design import Design, Kind, Layers, refuse_twice, register
from vcem.study.imrmc import write_imrmc
from vcem.study.items import Candidate, Item, Panel, Phase, Sitting
from vcem.study.lesions import Lesion, spacing_mm, true_lesions
from vcem.study.mrmc import lines, mrmc, plain
from vcem.study.multi_reader import COLUMNS, multi_reader_tables, rating_rows, ratings_of
from vcem.study.planning import said_power
from vcem.study.questions import BIRADS, Marks, Question, Scale
from vcem.study.readings import Reading
from vcem.study.result_tables import Table
from vcem.study.secret import Secret
from vcem.study.sources import DES, LE, VIEWS, Sources, given_per_pixel, pairs_by_place

SHORTEST_WASHOUT_DAYS = 28  # four weeks between sessions is what regulators expect (FDA, guidance on CADe, 2022)
BREAST = {Side.RIGHT: "right breast", Side.LEFT: "left breast"}


@strict
@dataclass(frozen=True)
class Treatment:
    """What is shown under a name: LE, and beside it the images of `des` (`real` or a model), or nothing if empty."""

    name: str
    des: str = ""


@register("multi-reader")
@strict
@dataclass(frozen=True)
class MultiReader(Kind):
    """Every reader reads every case under every treatment, in as many sessions as there are treatments.

    A washout below four weeks needs a written reason. A mark hits a lesion inside its outline or at most
    `mark_within_mm` from it; `pixel_mm` is the pixel spacing of the given images, for data that do not tell it.
    """

    treatments: tuple[Treatment, ...]
    washout_days: int = SHORTEST_WASHOUT_DAYS
    short_washout_because: str = ""
    mark_within_mm: float = 0.0
    pixel_mm: float = 0.0
    assumed: ClassVar[frozenset[str]] = frozenset({"effect", "pilot"})
    judges_breasts: ClassVar[bool] = True

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose images are needed."""
        return tuple(dict.fromkeys(t.des for t in self.treatments if t.des))

    @property
    def sessions(self) -> int:
        """Return one for each treatment."""
        return len(self.treatments)

    @property
    def days_between_sessions(self) -> int:
        """Return the washout."""
        return self.washout_days

    def check(self, design: Design) -> None:
        """Refuse sessions that readers remember, and cases without areas."""
        refuse_twice([t.name for t in self.treatments], "reading.treatments", fewest=2)
        if len(design.readers) < 2:
            raise UsageError("One reader is not a multi-reader study.", "at least two readers")
        positives = design.cases.positives
        if positives is None or positives < 2 or design.cases.count - positives < 2:
            raise UsageError(
                f"cases.positives = {positives} of {design.cases.count}: a ROC area needs both kinds.",
                "at least two positive and two negative cases",
            )
        if self.washout_days < SHORTEST_WASHOUT_DAYS and not self.short_washout_because.strip():
            raise UsageError(
                f"reading.washout_days = {self.washout_days}: readers will remember cases.",
                f"at least {SHORTEST_WASHOUT_DAYS} days",
                "or give the reason in short_washout_because",
            )
        if self.washout_days < 1:
            raise UsageError(f"reading.washout_days = {self.washout_days} is not a washout.", "at least 1 day")
        if min(self.mark_within_mm, self.pixel_mm) < 0:
            raise UsageError("reading.mark_within_mm or reading.pixel_mm is below 0.", "millimetres, 0 or more")

    def check_data(self, store: Store) -> None:
        """Refuse millimetres that cannot be measured."""
        if self.mark_within_mm and not spacing_mm(store, self.pixel_mm):
            raise UsageError(
                f"reading.mark_within_mm = {self.mark_within_mm:g}, but these data do not say their pixel spacing.",
                "reading.pixel_mm, the spacing of the given images",
                "or leave mark_within_mm out: a mark then hits inside the outline only",
            )

    def questions(self) -> tuple[Question, ...]:
        """Ask for BI-RADS, a probability and marks."""
        return (
            BIRADS,
            Scale("malignancy", "Probability of malignancy, %", "0", "100"),
            Marks("marks", "Marks of suspicious places"),
        )

    def shown(
        self, design: Design, secret: Secret, cases: Sequence[Candidate], part: str, sitting: Sitting
    ) -> dict[str, tuple[str, ...]]:
        """Return the treatment of each case: another in each session."""
        names = [t.name for t in self.treatments]
        ahead = sitting.turn + sitting.session
        dealt = arms(design, secret, cases, part, len(names))
        return {case: (names[(block + ahead) % len(names)],) for case, block in dealt.items()}

    def panels(self, item: Item, sources: Sources, layer: Layers) -> tuple[Panel, ...]:
        """Hang RCC | LCC over RMLO | LMLO, as far as there are images by all sources."""
        des = next(t.des for t in self.treatments if t.name == item.shown[0])
        pairs = pairs_by_place(sources, item.case, set(self.sources))
        sizes = {place: given_per_pixel(pair) for place, pair in pairs.items()}
        return tuple(
            _view(pair, des, sizes[place] / max(sizes.values()), layer)
            for place, pair in sorted(pairs.items(), key=lambda entry: (entry[0][0], entry[0][1] == Side.LEFT))
        )

    def about(self, side: Side) -> str:
        """Name the breast to judge; the other hangs beside it."""
        return BREAST[side]

    def lesions(self, sources: Sources, cases: Sequence[Candidate], columns: int) -> tuple[Lesion, ...]:
        """Return the lesions of the judged breasts."""
        return true_lesions(sources, cases, set(self.sources), columns, spacing_mm(sources.store, self.pixel_mm))

    def plan(self, design: Design) -> list[str]:
        """Return the power to tell two areas apart."""
        assumed, count, readers = design.power, design.cases.count, len(design.readers)
        if assumed is None or assumed.pilot is None or assumed.effect is None:
            return []
        pilot, effect = assumed.pilot.known(), assumed.effect
        enough = cases_needed(pilot, readers, effect, assumed.target)
        what = f"a difference of {effect:g} between two areas, readers and cases random, {readers} readers"
        found = power(pilot, readers, count, effect).power
        return [said_power(what, found, count, assumed.target, enough.cases if enough else None)]

    def complete(
        self, design: Design, readings: tuple[Reading, ...], lost: Sequence[Item]
    ) -> tuple[Design, tuple[Reading, ...], list[str]]:
        """Leave out readers who lost more than half of their ratings, and of the others the cases without one.

        The analysis needs every reader's rating of every case under every treatment.
        """
        of = [item for item in lost if item.phase is Phase.READING]
        most = design.cases.count * self.sessions / 2
        out = [r.name for r in design.readers if sum(item.reader == r.name for item in of) > most]
        cases = sorted({item.case for item in of if item.reader not in out})
        kept = tuple(r for r in readings if r.item.reader not in out and r.case.case not in cases)
        said = [f"Left out for answers set aside: reader {name}." for name in out]
        said += [f"Left out for all readers, for an answer set aside: case {case}." for case in cases]
        return replace(design, readers=tuple(r for r in design.readers if r.name not in out)), kept, said

    def report(
        self, design: Design, readings: Sequence[Reading], lesions: Sequence[Lesion], out: Path
    ) -> tuple[list[Table], list[str]]:
        """Return areas, marks and sessions; write the ratings for other programs."""
        ratings = ratings_of(readings)
        found = mrmc(ratings, Covariance.JACKKNIFE)
        write_csv(out / RATINGS, COLUMNS, rating_rows(readings))
        write_imrmc(out / EXCHANGE, ratings)
        write_json(out / MRMC, plain(found))
        names = tuple(t.name for t in self.treatments)
        return multi_reader_tables(design, names, readings, found, lesions, self.mark_within_mm), lines(found)


def _view(pair: PreparedPair, des: str, scale: float, layer: Layers) -> Panel:
    right, row = pair.side == Side.RIGHT, VIEWS.index(pair.view)
    place = 2 * row + (0 if right else 1)
    layers = [layer(LE, pair.pair, LE, place)]
    if des:
        layers.append(layer(DES, pair.pair, des, place))
    return Panel(pair.side + pair.view, row, 0 if right else 1, "right" if right else "left", scale, tuple(layers))
