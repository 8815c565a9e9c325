"""Images that nobody sends: a DICOMweb server is asked for new mammograms.

What can be filtered there is date and modality. Image Type cannot, so HE, DES and virtual images are sorted out here,
before they are fetched; what remains goes through the same door as what is sent.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic

from vcem.core.errors import FailureError
from vcem.dicom.exchange import MAMMOGRAM, is_uid
from vcem.dicom.fitness import VIRTUAL_DES, VIRTUAL_DES_WIDTH
from vcem.gateway.intake import FULL, TAKEN, Intake
from vcem.gateway.queue import Queue
from vcem.gateway.settings import Pull
from vcem.gateway.web import Object, WebClient

STUDY, SERIES, INSTANCE = "0020000D", "0020000E", "00080018"
SOP_CLASS, IMAGE_TYPE, COUNT = "00080016", "00080008", "00201209"
OTHERS = {"HIGH_ENERGY", "SUBTRACTION", "RECOMBINED", VIRTUAL_DES, VIRTUAL_DES_WIDTH}
PAGE = 100


class Puller:
    """Asks one server."""

    def __init__(self, settings: Pull, intake: Intake, queue: Queue) -> None:
        self.name, self._settings, self._intake, self._queue = f"pull {settings.name}", settings, intake, queue
        self._client = WebClient(settings.web)
        self._next = 0.0
        self._counts: dict[str, str] = {}
        self._refused: set[str] = set()

    def step(self) -> bool:
        """Ask once if it is time; return whether anything new came.

        Raises:
            FailureError: if the server cannot be reached, or there is no room.
        """
        if monotonic() < self._next:
            return False
        self._next = monotonic() + self._settings.poll_s
        return sum(self._take(study, series) for study, series in self._changed()) > 0

    def _changed(self) -> Iterator[tuple[str, str]]:
        """Yield series that are new or have more images than the last time; it counts once all of it was taken."""
        since = f"{datetime.now() - timedelta(days=self._settings.days):%Y%m%d}-"
        asked = {"Modality": "MG", "StudyDate": since, "includefield": COUNT}
        for found in self._pages("/series", asked):
            study, series, count = (_first(found, tag) for tag in (STUDY, SERIES, COUNT))
            if is_uid(study) and is_uid(series) and (not count or self._counts.get(series) != count):
                yield study, series
                self._counts[series] = count

    def _pages(self, path: str, asked: dict[str, str]) -> Iterator[Object]:
        offset = 0
        while page := self._client.search(path, {**asked, "limit": str(PAGE), "offset": str(offset)}):
            yield from page
            if len(page) < PAGE:
                return
            offset += PAGE

    def _take(self, study: str, series: str) -> int:
        taken = 0
        for found in self._pages(f"/studies/{study}/series/{series}/instances", {"includefield": IMAGE_TYPE}):
            uid = _first(found, INSTANCE)
            if not self._wanted(uid, found):
                continue
            verdict = self._intake.take(self._client.fetch(study, series, uid), uid, self.name)
            if verdict.status == FULL:
                raise FailureError(f"No image is fetched: {verdict.why}.")
            if verdict.status == TAKEN:
                taken += 1
            else:
                self._refused.add(uid)
        return taken

    def _wanted(self, uid: str, found: Object) -> bool:
        if not is_uid(uid) or uid in self._refused or self._queue.image(uid) or self._queue.is_result(uid):
            return False
        kinds = set(found.get(IMAGE_TYPE, {}).get("Value", []))
        return _first(found, SOP_CLASS) in ("", MAMMOGRAM) and not kinds & OTHERS


def _first(found: Object, tag: str) -> str:
    return str((found.get(tag, {}).get("Value") or [""])[0])
