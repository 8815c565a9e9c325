import json
import shutil

import pytest
from PIL import Image

from fakes.toy_release import DES_FOLDER, LE_FOLDER, OUTLINES, WORKBOOK, write_release
from vcem.core.errors import FailureError, UsageError
from vcem.core.files import read_csv
from vcem.core.terms import Density, Energy, Origin, Side, View
from vcem.folders.catalogue import read_catalogue
from vcem.ingest.cdd_cesm import Options, import_cdd_cesm
from vcem.ingest.drawings import OutlineSource

SIMULATED = Options(origin=Origin.SIMULATED)


@pytest.fixture(scope="module")
def imported(toy_release, tmp_path_factory):
    out = tmp_path_factory.mktemp("import") / "catalogue"
    made = import_cdd_cesm(toy_release, out, SIMULATED)
    return made, read_catalogue(out)


@pytest.fixture
def copy(toy_release, tmp_path):
    """A copy of the release that a test may damage."""
    return shutil.copytree(toy_release, tmp_path / "copy")


def pair_of(catalogue, name):
    return next(pair for pair in catalogue.pairs if pair.pair == name)


def reasons(made):
    return {skipped.what: skipped.why for skipped in made.skipped}


def test_every_pair_that_can_be_read_is_there(imported):
    _, catalogue = imported
    assert len(catalogue.pairs) == 33
    assert {pair.patient for pair in catalogue.pairs} == {f"P{n}" for n in range(1, 9)}
    assert catalogue.origin is Origin.SIMULATED


def test_translations_are_the_ones_the_crops_made(imported, toy_release):
    _, catalogue = imported
    truth = {row["pair"]: row for row in read_csv(toy_release / "truth.csv")}
    assert truth.keys() == {pair.pair for pair in catalogue.pairs}
    for pair in catalogue.pairs:
        assert pair.dx_px == pytest.approx(float(truth[pair.pair]["dx_px"]), abs=0.5)
        assert pair.dy_px == pytest.approx(float(truth[pair.pair]["dy_px"]), abs=0.5)


def test_facts_come_from_the_workbook(imported):
    _, catalogue = imported
    pair = pair_of(catalogue, "P1_L_CC")
    assert (pair.side, pair.view, pair.density, pair.birads) == (Side.LEFT, View.CC, Density.C, "4$2")
    assert (pair.findings, pair.findings_des) == ("High density mass", "Heterogenously enhancing mass")
    assert (pair.age, pair.machine, pair.pathology, pair.pathology_des) == ("42", "1", "Malignant", "Malignant")


def test_traps_of_the_release(imported):
    _, catalogue = imported
    assert pair_of(catalogue, "P1_R_CC").findings_des != ""  # its DES has a blank after its name in the workbook
    assert pair_of(catalogue, "P3_R_CC").density is None  # `_` also on LE
    assert pair_of(catalogue, "P2_L_MLO_2").le == f"{LE_FOLDER}/P2_L_DM_MLO_2.jpg"


def test_nothing_is_dropped_in_silence(imported):
    made, catalogue = imported
    told = reasons(made)
    assert told.pop(f"{LE_FOLDER}/Thumbs.db").startswith("no image file")
    assert told.pop(f"{LE_FOLDER}/P9_L_DM_CC.jpg") == "LE without DES"
    assert "P10_L_CM_CC.jpg cannot be read" in told.pop("P10_L_CC")
    assert told.pop(WORKBOOK) == "5 rows of images that are not here or were not taken"
    assert told.pop(OUTLINES) == "1 outlines of 1 images that are not here or were not taken"
    assert told == {}
    rows = read_csv(catalogue.folder / "skipped.csv")
    assert {row["what"]: row["why"] for row in rows} == reasons(made)


def test_outlines_stand_on_both_images(imported):
    _, catalogue = imported
    of_pair = [o for o in catalogue.outlines if o.pair == "P1_L_CC"]
    assert [(o.energy, o.shape) for o in of_pair[:4]] == [
        (Energy.LE, shape) for shape in ("polygon", "ellipse", "circle", "point")
    ]
    assert {o.energy for o in of_pair} == {Energy.LE, Energy.DES}


def test_copied_outlines_agree_with_the_registration(imported):
    made, catalogue = imported
    assert made.agreement.pairs > 10
    assert made.agreement.p90 < 1
    row = read_csv(catalogue.folder / "registration.csv")[0]
    assert (row["pair"], row["le_width"], row["le_height"]) == ("P1_L_CC", "137", "257")


def test_registration_never_looks_at_the_outlines(imported, toy_release, tmp_path):
    _, catalogue = imported
    import_cdd_cesm(toy_release, tmp_path / "out", Options(OutlineSource.NONE, Origin.SIMULATED))
    without = read_catalogue(tmp_path / "out")
    assert without.outlines == ()
    assert without.pairs == catalogue.pairs


def test_same_release_same_bytes_whatever_the_jobs(imported, toy_release, tmp_path):
    _, catalogue = imported
    import_cdd_cesm(toy_release, tmp_path / "out", Options(origin=Origin.SIMULATED, jobs=2))
    for file in catalogue.folder.iterdir():
        assert (tmp_path / "out" / file.name).read_bytes() == file.read_bytes(), file.name


def test_reduced_copy_scales_its_outlines(tmp_path):
    source = write_release(tmp_path / "reduced", patients=1, reduced=True)
    plain = write_release(tmp_path / "plain", patients=1)
    reduced, whole = (import_cdd_cesm(s, tmp_path / f"{s.name}-out", SIMULATED) for s in (source, plain))
    for half, full in zip(reduced.outlines, whole.outlines, strict=True):
        assert half.points[0] == (full.points[0][0] - 0.25, full.points[0][1] - 0.25)
    assert reduced.agreement.median == pytest.approx(2 * whole.agreement.median)


def test_masks_replace_the_table(tmp_path):
    source = write_release(tmp_path / "reduced", patients=1, reduced=True)
    made = import_cdd_cesm(source, tmp_path / "out", Options(OutlineSource.MASKS, Origin.SIMULATED))
    drawn = [o for o in made.outlines if o.pair == "P1_L_CC" and o.energy is Energy.LE]
    assert len(drawn) == 1


def test_image_of_the_other_breast_is_listed_not_guessed(copy, tmp_path):
    shutil.copy(copy / DES_FOLDER / "P6_R_CM_MLO.jpg", copy / DES_FOLDER / "P1_L_CM_MLO.jpg")
    made = import_cdd_cesm(copy, tmp_path / "out", SIMULATED)
    pair = pair_of(made, "P1_L_MLO")
    assert not pair.registered
    assert pair.registration < 0.3
    assert reasons(made)["P1_L_MLO"].startswith("not registered: quality 0.")
    row = next(r for r in read_csv(tmp_path / "out" / "registration.csv") if r["pair"] == "P1_L_MLO")
    assert (row["dx_px"], row["disagreement_px"]) == ("", "")


def test_image_without_a_row_is_kept_without_facts_and_told(copy, tmp_path):
    for folder, kind in ((LE_FOLDER, "DM"), (DES_FOLDER, "CM")):
        (copy / folder / f"P1_L_{kind}_CC.jpg").rename(copy / folder / f"P77_L_{kind}_CC.jpg")
    made = import_cdd_cesm(copy, tmp_path / "out", SIMULATED)
    pair = pair_of(made, "P77_L_CC")
    assert (pair.density, pair.birads, pair.age) == (None, "", "")
    assert reasons(made)[f"{LE_FOLDER}/P77_L_DM_CC.jpg"] == "no row in the workbook; kept without facts"


def test_images_at_different_scales_are_registered_at_one(tmp_path):
    source = write_release(tmp_path / "reduced", patients=1, reduced=True)
    name = "P1_L_CM_CC"
    with Image.open(source / DES_FOLDER / f"{name}.jpg") as picture:
        half = picture.resize((picture.width // 2, picture.height // 2), Image.Resampling.BOX)
    half.save(source / DES_FOLDER / f"{name}.jpg", quality=95)
    table = (source / "scale.csv").read_text().splitlines()
    changed = [line.replace(",0.5", ",0.25") if line.startswith(name) else line for line in table]
    (source / "scale.csv").write_text("\n".join(changed) + "\n")
    pair = pair_of(import_cdd_cesm(source, tmp_path / "out", SIMULATED), "P1_L_CC")
    truth = read_csv(source / "truth.csv")[0]
    assert pair.des_per_le == 0.5
    assert pair.dx_px == pytest.approx(float(truth["dx_px"]), abs=1)
    assert pair.dy_px == pytest.approx(float(truth["dy_px"]), abs=1)


def test_manifest_tells_what_was_read(imported, toy_release):
    _, catalogue = imported
    manifest = json.loads((catalogue.folder / "manifest.json").read_text())
    assert manifest["source"] == str(toy_release)
    assert manifest["tables"].keys() == {WORKBOOK, OUTLINES}
    assert manifest["files"].keys() == {"pairs.csv", "lesions.jsonl", "registration.csv", "skipped.csv"}


def test_new_import_drops_the_old_description(toy_release, tmp_path):
    import_cdd_cesm(toy_release, tmp_path, SIMULATED)
    (tmp_path / "description").mkdir()
    (tmp_path / "description" / "table-2.1.md").write_text("old")
    import_cdd_cesm(toy_release, tmp_path, SIMULATED)
    assert not (tmp_path / "description" / "table-2.1.md").exists()


def test_release_of_unreadable_images_is_a_failure_that_tells_the_first_reason(copy, tmp_path):
    for file in (copy / LE_FOLDER).glob("*.jpg"):
        file.write_bytes(b"no picture")
    with pytest.raises(FailureError, match="no pair that can be read") as raised:
        import_cdd_cesm(copy, tmp_path / "out", SIMULATED)
    assert "the first reason" in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_folder_with_other_files_is_not_written_into(toy_release, tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(UsageError, match="already holds other files"):
        import_cdd_cesm(toy_release, tmp_path, SIMULATED)


@pytest.mark.parametrize("quality", [-0.1, 1.1, float("nan")])
def test_impossible_quality_is_refused(toy_release, tmp_path, quality):
    with pytest.raises(UsageError, match="least quality"):
        import_cdd_cesm(toy_release, tmp_path / "out", Options(min_quality=quality))


@pytest.mark.needs("shared")
def test_real_pairs_at_full_and_reduced_size_agree(shared, tmp_path):
    full = import_cdd_cesm(shared / "cdd-cesm-fullres", tmp_path / "full", Options())
    assert [pair.pair for pair in full.pairs] == ["P3_L_MLO", "P3_R_MLO", "P40_L_MLO", "P40_R_MLO"]
    assert all(pair.registered for pair in full.pairs)
    big = pair_of(full, "P3_L_MLO")
    scale = {row["image"]: float(row["scale"]) for row in read_csv(shared / "cdd-cesm-mini" / "scale.csv")}
    small = _mini_alone(shared / "cdd-cesm-mini", "P3_L_MLO", tmp_path)
    factor = scale["P3_L_DM_MLO"]
    assert small.dx_px == pytest.approx(big.dx_px * factor, abs=1)
    assert small.dy_px == pytest.approx(big.dy_px * factor, abs=1)


def _mini_alone(mini, name, tmp_path):
    """Import one pair of the reduced copy."""
    source = tmp_path / "one"
    patient, side, view = name.split("_")
    for folder, kind in ((LE_FOLDER, "DM"), (DES_FOLDER, "CM")):
        (source / folder).mkdir(parents=True)
        (source / folder / f"{patient}_{side}_{kind}_{view}.jpg").symlink_to(
            mini / folder / f"{patient}_{side}_{kind}_{view}.jpg"
        )
    for table in (WORKBOOK, OUTLINES, "scale.csv"):
        (source / table).symlink_to(mini / table)
    return pair_of(import_cdd_cesm(source, tmp_path / "one-out", Options()), name)
