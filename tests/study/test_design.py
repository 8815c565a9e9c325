from dataclasses import replace

import pytest

from study_designs import MODELS, READINGS, design
from vcem.core.errors import UsageError
from vcem.study.design import Reader, check, read_design
from vcem.study.kinds.most_realistic import MostRealistic
from vcem.study.kinds.multi_reader import Treatment
from vcem.study.kinds.real_or_synthetic import RealOrSynthetic

TEXT = """
name = "second test"
seed = 7

[[readers]]
name = "Rossi"
years = 38

[[readers]]
name = "Bianchi"
years = 8

[cases]
count = 26
strata = ["density"]
training = 4

[reading]
kind = "real-or-synthetic"
model = "cyclegan"
"""


def test_a_design_is_read_whole(tmp_path):
    (tmp_path / "DESIGN.toml").write_text(TEXT)
    found = read_design(tmp_path / "DESIGN.toml")
    assert [r.years for r in found.readers] == [38, 8]
    assert found.reading == RealOrSynthetic("real-or-synthetic", "cyclegan", True)
    assert found.reading.sources == ("real", "cyclegan")
    assert (found.cases.count, found.cases.strata, found.cases.repeats) == (26, ("density",), 0)


@pytest.mark.parametrize(("old", "new", "message"), [
    ("count = 26", "cuont = 26", "cases.cuont"),
    ("years = 38", "years = nan", "readers.0.years: Input should be a finite number"),
    ("years = 8", "years = inf", "readers.1.years"),
    ('strata = ["density"]', 'strata = ["mood"]', "cases.strata"),
    ('kind = "real-or-synthetic"', 'kind = "guess"', "reading"),
    ("count = 26", "count = 25", "cannot be half real, half synthetic"),
    ('name = "Bianchi"', 'name = "Rossi"', "appears twice"),
])  # fmt: skip
def test_a_wrong_file_names_the_field(tmp_path, old, new, message):
    (tmp_path / "DESIGN.toml").write_text(TEXT.replace(old, new))
    with pytest.raises(UsageError) as error:
        read_design(tmp_path / "DESIGN.toml")
    assert message in str(error.value)


@pytest.mark.parametrize("kind", READINGS)
def test_the_built_in_kinds_are_sound(kind):
    check(design(kind))


def sessions(**changes):
    return design("multi-reader", reading=replace(READINGS["multi-reader"], **changes))


BAD = {
    "there are no cases": design("most-realistic", count=0, repeats=0),
    "holds 17: they cannot be judged side by side": design(
        "most-realistic", reading=MostRealistic("most-realistic", tuple(f"m{n}" for n in range(17)))
    ),
    "reading.models holds 1": design("most-realistic", reading=MostRealistic("most-realistic", ("pix2pix",))),
    "'pix2pix' is empty or appears twice": design(
        "most-realistic", reading=MostRealistic("most-realistic", ("pix2pix", "pix2pix"))
    ),
    "holds the real image": design("most-realistic", reading=MostRealistic("most-realistic", ("real", "pix2pix"))),
    "readers holds 0": design("most-realistic", readers=0),
    "no years of experience": replace(design("most-realistic"), readers=(Reader("r", 0),)),
    "margin = 5": replace(design("most-realistic"), margin=5),
    "impossible": design("most-realistic", training=-1),
    "do not fit into 24 cases": design("most-realistic", repeat_gap=21),
    "positives = 30 of 24": design("most-realistic", positives=30),
    "cases.repeats = 3 cannot be half": design("real-or-synthetic", repeats=3),
    "3 readers cannot be counterbalanced": design("real-or-synthetic", readers=3),
    "is not a model": design("real-or-synthetic", reading=RealOrSynthetic("real-or-synthetic", "real")),
    "One reader is not a multi-reader study": design("multi-reader", readers=1),
    "a ROC area needs both kinds": design("multi-reader", positives=24),
    "readers will remember": sessions(washout_days=7),
    "is not a washout": sessions(washout_days=0, short_washout_because="none needed"),
    "reading.treatments holds 1": sessions(treatments=(Treatment("LE"),)),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_designs_are_refused(message):
    with pytest.raises(UsageError) as error:
        check(BAD[message])
    assert message in str(error.value)


def test_a_short_washout_with_a_reason_and_an_odd_reader_without_counterbalance_are_allowed():
    check(sessions(washout_days=7, short_washout_because="pilot"))
    alone = RealOrSynthetic("real-or-synthetic", "cyclegan", counterbalanced=False)
    check(design("real-or-synthetic", readers=3, reading=alone))


def test_sources_are_what_must_exist():
    assert READINGS["multi-reader"].sources == ("real", "cyclegan")
    assert READINGS["most-realistic"].sources == MODELS
