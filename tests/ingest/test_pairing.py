import pytest

from vcem.core.terms import Energy, Side, View
from vcem.ingest.layout import Release
from vcem.ingest.pairing import find_images, match, pair_of


@pytest.fixture
def release(tmp_path):
    for folder in ("low", "sub"):
        (tmp_path / folder).mkdir()
    return Release(tmp_path, tmp_path / "low", tmp_path / "sub", tmp_path / "a.xlsx", None, None, None)


def put(release, *names):
    for name in names:
        folder = release.subtracted if "_CM_" in name else release.low_energy
        (folder / name).touch()


def paired(release):
    images, skipped = find_images(release)
    matches, alone = match(images, release)
    return [m.key.pair for m in matches], [(s.what, s.why) for s in skipped + alone]


@pytest.mark.parametrize(
    ("name", "pair", "energy"),
    [
        ("P66_L_DM_CC", "P66_L_CC", Energy.LE),
        ("P66_R_CM_MLO ", "P66_R_MLO", Energy.DES),
        ("P99_L_DM_MLO_2", "P99_L_MLO_2", Energy.LE),
        ("P281_L_CM_MLO2", "P281_L_MLO2", Energy.DES),
    ],
)
def test_names_of_the_release(name, pair, energy):
    assert pair_of(name) == (pair, energy)


@pytest.mark.parametrize("name", ["P66_L_CC", "P66_L_DM_XCC", "66_L_DM_CC", "P66_L_DM_CC copy", ""])
def test_other_names_are_not_guessed(name):
    assert pair_of(name) is None


def test_le_and_des_of_one_name_are_a_pair(release):
    put(release, "P1_L_DM_CC.jpg", "P1_L_CM_CC.jpg")
    images, _ = find_images(release)
    ((found,), _) = match(images, release)
    assert (found.key.patient, found.key.side, found.key.view) == ("P1", Side.LEFT, View.CC)
    assert (found.le.path.name, found.des.path.name) == ("P1_L_DM_CC.jpg", "P1_L_CM_CC.jpg")


def test_blanks_and_capitals_do_not_part_a_pair(release):
    put(release, "P1_L_DM_CC .JPG", "P1_L_CM_CC.jpeg")
    assert paired(release) == (["P1_L_CC"], [])


def test_pairs_stand_in_the_order_of_patient_numbers(release):
    for pair in ("P10_L", "P2_R", "P2_L"):
        put(release, f"{pair}_DM_CC.jpg", f"{pair}_CM_CC.jpg")
    assert paired(release)[0] == ["P2_L_CC", "P2_R_CC", "P10_L_CC"]


def test_one_image_alone_is_told(release):
    put(release, "P1_L_DM_CC.jpg", "P2_L_CM_CC.jpg")
    assert paired(release) == ([], [("low/P1_L_DM_CC.jpg", "LE without DES"), ("sub/P2_L_CM_CC.jpg", "DES without LE")])


def test_repeats_are_pairs_of_their_own(release):
    put(release, "P99_L_DM_MLO.jpg", "P99_L_CM_MLO.jpg", "P99_L_DM_MLO_2.jpg", "P99_L_CM_MLO_2.jpg")
    assert paired(release) == (["P99_L_MLO", "P99_L_MLO_2"], [])


def test_what_is_no_image_of_the_release_is_told(release):
    put(release, "Thumbs.db", "notes_DM_.jpg", "P1_L_DM_CC.jpg", "P1_L_DM_CC .jpg")
    (release.low_energy / "P7_L_CM_CC.jpg").touch()
    (release.low_energy / "old").mkdir()
    reasons = dict(paired(release)[1])
    assert reasons["low/Thumbs.db"].startswith("no image file")
    assert reasons["low/old"].startswith("no image file")
    assert reasons["low/notes_DM_.jpg"].startswith("name not understood")
    assert reasons["low/P1_L_DM_CC.jpg"] in ("second file of P1_L_DM_CC", "LE without DES")
    assert reasons["low/P1_L_DM_CC .jpg"] in ("second file of P1_L_DM_CC", "LE without DES")
    assert reasons["low/P7_L_CM_CC.jpg"] == "named as DES but lies in the folder of LE"
