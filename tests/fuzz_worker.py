"""One batch of fuzzing in a process of its own, so that a crash of a codec or a hang is seen and told.

    python tests/fuzz_worker.py TARGET CASES SEED FOLDER

The target takes whole files first; what those need of memory and of the processor is the measure for the damaged ones.
Before each case its file is written to FOLDER/case.dcm, where a crash leaves it. The last line is a JSON summary.
"""

import json
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mutations import MUTATIONS, bases, exam, mutated
from toy_dicom import image_of
from vcem.core.errors import FailureError
from vcem.core.terms import Energy, Side, View

MORE_TIME = 1000  # times what whole files took: then a case hangs
LIE = 2**32  # the greatest length of a header: it takes addresses, which cost nothing; only what is read takes memory
UIDS = [image_of(energy, Side.LEFT, View.CC).uid.encode() for energy in (Energy.LE, Energy.DES)]
TALLY: Counter[str] = Counter()


def told(error: FailureError, path: Path) -> None:
    """One clear message that names the file, and neither the words of a bug nor of a full memory."""
    assert str(path) in error.found, error.found
    assert len(error.found) < 600, error.found
    assert not any(word in error.found for word in ("Unable to allocate", "MemoryError", "Type-check", "Traceback")), (
        error.found
    )


def read(path: Path) -> None:
    from vcem.dicom.read import linear_window, read_dicom

    try:
        grey = read_dicom(path)
    except FailureError as error:
        told(error, path)
        TALLY["told"] += 1
    else:
        assert grey.ndim == 2
        assert np.isfinite(grey).all()
        assert 0 <= grey.min() <= grey.max() <= 1
        TALLY["made"] += 1
    try:
        assert np.isfinite(linear_window(path)).all()
    except FailureError as error:
        told(error, path)


def scan(path: Path) -> None:
    from vcem.dicom.fitness import unfit
    from vcem.dicom.lineage import lineage_of
    from vcem.dicom.scan import Header, read_header

    header = read_header(path.parent, path.name)
    TALLY["made" if isinstance(header, Header) else "told"] += 1
    for ask in (lambda: unfit(path, Side.LEFT), lambda: lineage_of(path)):
        try:
            ask()
        except FailureError as error:
            told(error, path)


def silent(error: FailureError) -> None:
    """A reason that goes beside a release names nobody."""
    assert not any(word in error.found for word in ("Sally", "Smith", "4711"))
    TALLY["told"] += 1


def deidentify(path: Path) -> None:
    from vcem.dicom.deidentify import deidentify

    try:
        made = deidentify(path.read_bytes(), *rules())
    except FailureError as error:
        silent(error)
        return
    assert not any(word in made.content for word in (b"Sally", b"Smith", b"4711-A", b"ACC778899", b"19660102"))
    assert ".." not in made.path
    assert not made.path.startswith("/")
    TALLY["made"] += 1


@cache
def rules():
    from vcem.dicom.profile import read_profile
    from vcem.dicom.pseudonyms import Pseudonyms

    return read_profile(), Pseudonyms(b"k" * 32)


def files(target: str, cases: int, number: int, folder: Path) -> None:
    """Fuzz a target that takes one file."""
    sources, path = bases(), folder / "case.dcm"

    def whole() -> None:
        for base in sources:
            path.write_bytes(mutated(base, []))
            globals()[target](path)

    limit = measured(whole)

    @seed(number)
    @settings(max_examples=cases, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.sampled_from(sources), MUTATIONS)
    def run(base, mutations):
        path.write_bytes(mutated(base, mutations))
        signal.setitimer(signal.ITIMER_PROF, limit)
        globals()[target](path)
        TALLY["cases"] += 1

    run()


def folders(target: str, cases: int, number: int, folder: Path) -> None:
    """Fuzz a verb that takes a folder: seven mutated files beside a whole LE and DES."""
    sources, turn = exam(), iter(range(10**6))

    def put(drawn) -> Path:
        here = folder / str(next(turn))
        here.mkdir()
        for i, (base, mutations) in enumerate([(sources[0], []), (sources[1], []), *drawn]):
            (here / f"{i}.dcm").write_bytes(another(mutated(base, mutations), i))
        return here

    limit = measured(lambda: globals()[target](put([(source, []) for source in sources])))

    @seed(number)
    @settings(max_examples=cases, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.lists(st.tuples(st.sampled_from(sources), MUTATIONS), min_size=7, max_size=7))
    def run(drawn):
        here = put(drawn)
        signal.setitimer(signal.ITIMER_PROF, limit)
        globals()[target](here)
        TALLY["cases"] += len(drawn)

    run()


def another(content: bytes, number: int) -> bytes:
    """The file as another image: the last digits of its instance UID changed, where it still has one."""
    for uid in UIDS:
        content = content.replace(uid, uid[:-2] + b"%02d" % number)
    return content


def crash(path: Path) -> None:
    """What a codec with a bug would do at the fourth file, to see that it is told."""
    if TALLY["cases"] == 3:
        signal.raise_signal(signal.SIGSEGV)


def import_folder(folder: Path) -> None:
    from vcem.cli.main import main as vcem
    from vcem.core.files import read_csv

    out = folder.with_name(f"{folder.name}-out")
    code = vcem(["import", "dicom", str(folder), str(out), "--jobs", "1"])
    assert code == 0, "the whole pair was lost"
    TALLY["made"] += len(read_csv(out / "pairs.csv"))
    TALLY["told"] += len(read_csv(out / "skipped.csv"))


def enhance_folder(folder: Path) -> None:
    import enhancing
    from vcem.apply.enhance import enhance
    from vcem.apply.enhanced import Output
    from vcem.dicom.vendors import read_rules

    made = enhance([folder], enhancing.unchanged(), folder.with_name(f"{folder.name}-out"), Output(), read_rules())
    assert made.images > 0, "the whole image was lost"
    TALLY["made"] += made.images
    TALLY["told"] += len(made.skipped)


def hang(path: Path) -> None:
    """A loop that a damaged length never ends, at the fourth file."""
    while TALLY["cases"] == 3:
        pass


def measured(whole: Callable[[], None]) -> float:
    """Do whole files, note their memory, and return the seconds of processor that one case may take."""
    whole()  # what is loaded at the first use is not the files' own
    began = time.process_time()
    whole()
    took = time.process_time() - began
    TALLY.clear()
    TALLY["peak_of_whole_files"] = of_this_program("VmHWM")
    most = of_this_program("VmPeak") + 2 * LIE
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return MORE_TIME * took


def of_this_program(what: str) -> int:
    """Return a number of bytes from the system; getrusage would count those of the tests which started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{what}:")[2].split()[0]) * 1024


def main() -> None:
    target, cases, number, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    (folders if target.endswith("folder") else files)(target, cases, number, folder)
    print(json.dumps({**TALLY, "peak": of_this_program("VmHWM")}))  # noqa: T201 (the summary)


if __name__ == "__main__":
    main()
