"""What the header of a simulated contrast mammogram says, before it is DICOM."""

from dataclasses import dataclass

from vcem.core.terms import Energy, Side, View


@dataclass(frozen=True)
class Study:
    """One visit; `date` as YYYYMMDD and times as seconds after midnight."""

    patient: str
    age_years: int
    uid: str
    date: str
    begun_s: int
    injected_s: int


@dataclass(frozen=True)
class Exposure:
    """The beam of one image; `anode` and `filter` are chemical symbols."""

    kvp: float
    anode: str
    filter: str
    filter_mm: float


@dataclass(frozen=True)
class Image:
    """One image of a visit.

    `sources` are the UIDs of the images that it was computed from. `mg_per_cm2` is (slope, intercept) from stored
    values to iodine, for DES. `exposure` is None for DES, which has none of its own. `open_field` makes it an image For
    Processing: stored values in proportion to the signal, that of the open field being this one.
    """

    uid: str
    series_uid: str
    frame_uid: str
    series: int
    number: int
    energy: Energy
    side: Side
    view: View
    late: bool
    spacing_mm: float
    paddle_mm: float
    taken_s: int
    window: tuple[float, float]
    comment: str
    exposure: Exposure | None = None
    sources: tuple[str, ...] = ()
    mg_per_cm2: tuple[float, float] | None = None
    open_field: float | None = None
