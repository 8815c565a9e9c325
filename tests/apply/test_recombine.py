import numpy as np
import pydicom
import pytest

from raw_exposures import gland_and_lesion, write_pair, write_raw
from vcem.apply.recombine import paths_of, recombine_folder, recombine_pair
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv, read_json, sha256
from vcem.core.terms import Energy, Side
from vcem.dicom.raw import technique_of
from vcem.dicom.read import read_stored
from vcem.dicom.vendors import read_rules
from vcem.simulate.raw_pair import Steps
from vcem.simulate.truth import oriented

RULES = read_rules()


def mg_cm2(path):
    return (read_stored(path).astype(np.float32) - 2000) / 36


@pytest.mark.parametrize("side", Side)
def test_the_iodine_of_a_lesion_stands_in_the_file_at_its_place(tmp_path, side):
    scene = gland_and_lesion(side)
    facts = recombine_pair(*write_pair(tmp_path, side), tmp_path / "des.dcm", Steps(), RULES)
    des, lesion = mg_cm2(tmp_path / "des.dcm"), oriented(scene.lesions[0].area, side)
    beside = oriented((scene.distance > 20) & (scene.iodine < 0.1), side)
    true = oriented(scene.iodine, side)
    shown = des[lesion].mean() - des[beside].mean() - (true[lesion].mean() - true[beside].mean())
    assert shown == pytest.approx(0.2, abs=0.15)  # four fifths of gland harden the beam as 0.2 mg/cm2 do
    assert facts["w"] == pytest.approx(0.268, abs=0.01)
    assert "w = 0.2" in pydicom.dcmread(tmp_path / "des.dcm").DerivationDescription


def test_an_image_that_lies_upside_down_comes_back_as_it_lay(tmp_path):
    le, he = write_pair(tmp_path / "a")
    upright = [read_stored(path) for path in (le, he)]
    tags = {"PatientOrientation": ["A", "L"]}
    turned = [write_raw(tmp_path / f"{e}", e, stored=np.ascontiguousarray(s[::-1]), tags=tags)
              for e, s in zip((Energy.LE, Energy.HE), upright, strict=True)]  # fmt: skip
    for name, pair in (("up", (le, he)), ("down", turned)):
        recombine_pair(*pair, tmp_path / f"{name}.dcm", Steps(), RULES)
    assert np.array_equal(read_stored(tmp_path / "down.dcm")[::-1], read_stored(tmp_path / "up.dcm"))


def test_the_air_serves_where_no_header_gives_the_open_field(tmp_path):
    bare = {"RealWorldValueMappingSequence": None}
    recombine_pair(*write_pair(tmp_path / "a"), tmp_path / "known.dcm", Steps(), RULES)
    facts = recombine_pair(*write_pair(tmp_path / "b", le=bare, he=bare), tmp_path / "air.dcm", Steps(), RULES)
    off = mg_cm2(tmp_path / "air.dcm") - mg_cm2(tmp_path / "known.dcm")
    assert np.percentile(np.abs(off), 99) < 0.06
    assert facts["open_field"].count("(air)") == 2


@pytest.mark.parametrize(
    ("he", "why"),
    [({"KVP": "47"}, "no tube spectrum for Rh at 47 kVp"), ({"KVP": "48.5"}, "48.5"),
     ({"AnodeTargetMaterial": "SILVER"}, "no tube spectrum for Ag at 49"),
     ({"PixelIntensityRelationship": "LOG"}, "is LOG"), ({"HighBit": 3}, "bits")],
)  # fmt: skip
def test_beams_that_the_tables_do_not_hold_and_values_that_are_not_linear_are_refused(tmp_path, he, why):
    with pytest.raises((UsageError, FailureError), match=why):
        recombine_pair(*write_pair(tmp_path, he=he), tmp_path / "des.dcm", Steps(), RULES)
    assert not (tmp_path / "des.dcm").exists()


def test_the_error_says_which_beams_there_are(tmp_path):
    le, he = write_pair(tmp_path, he={"KVP": "47"})
    with pytest.raises(UsageError) as raised:
        paths_of((technique_of(le), technique_of(he)))
    assert raised.value.expected == "one of Rh34, Rh49, Rh45, Mo26, W30, W49"


@pytest.mark.parametrize("out", ["", "LCCLE.dcm"])
def test_an_output_that_is_a_folder_or_an_exposure_is_refused(tmp_path, out):
    le, he = write_pair(tmp_path)
    before = sha256(le)
    with pytest.raises(UsageError, match=r"is a folder|one of the exposures"):
        recombine_pair(le, he, tmp_path / out, Steps(), RULES)
    assert sha256(le) == before


def test_a_folder_is_made_pair_by_pair_and_goes_on_where_it_was_stopped(tmp_path):
    write_pair(tmp_path / "in")
    write_pair(tmp_path / "in", Side.RIGHT)
    out = tmp_path / "out"
    made = recombine_folder([tmp_path / "in"], out, Steps(), RULES)
    assert (made.images, made.stood, made.skipped) == (2, 0, ())
    rows = read_csv(out / "pairs.csv")
    assert [(r["side"], r["le_beam"], r["thickness_mm"]) for r in rows] == [
        ("L", "Rh 34 kVp, 0.03 mm Ag", "50.0"), ("R", "Rh 34 kVp, 0.03 mm Ag", "50.0"),
    ]  # fmt: skip
    whole = {p.name: sha256(p) for p in out.iterdir() if p.is_file()}
    (out / rows[1]["output"]).unlink()
    again = recombine_folder([tmp_path / "in"], out, Steps(), RULES)
    assert (again.images, again.stood) == (2, 1)
    assert {p.name: sha256(p) for p in out.iterdir() if p.is_file()} == whole
    assert read_json(out / "manifest.json", "")["kind"] == "recombined"
    with pytest.raises(UsageError, match="made otherwise: steps"):
        recombine_folder([tmp_path / "in"], out, Steps(scatter=False), RULES)


def test_what_cannot_be_recombined_is_listed_and_the_rest_is_made(tmp_path):
    write_pair(tmp_path / "in")
    le, he = write_pair(tmp_path / "in", Side.RIGHT, he={"KVP": "47"})
    made = recombine_folder([tmp_path / "in"], tmp_path / "out", Steps(), RULES)
    assert made.images == 1
    assert {s.what for s in made.skipped} == {str(le), str(he)}
    assert all("no tube spectrum for Rh at 47 kVp" in s.why and "Rh49" in s.why for s in made.skipped)


def test_a_folder_without_a_pair_is_told(tmp_path):
    le, _ = write_pair(tmp_path / "in")
    with pytest.raises(FailureError, match="LE without HE"):
        recombine_folder([le], tmp_path / "out", Steps(), RULES)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(UsageError, match="already holds other files"):
        recombine_folder([le], tmp_path / "other", Steps(), RULES)
    with pytest.raises(UsageError, match="not there"):
        recombine_folder([tmp_path / "none"], tmp_path / "out2", Steps(), RULES)
