from toy_dicom import write
from vcem.core.files import read_csv
from vcem.core.terms import Energy
from vcem.dicom.scan import read_header
from vcem.dicom.vendors import read_rules
from vcem.ingest.dicom_images import take_images
from vcem.ingest.doubles import doubles_by
from vcem.ingest.image_table import tally, write_images


def test_every_decision_stands_with_its_evidence_and_is_counted(tmp_path):
    for energy in (Energy.LE, Energy.DES):
        write(tmp_path / energy, energy)
    write(tmp_path / "late", Energy.DES, uid="2.25.1")
    write(tmp_path / "plain", uid="2.25.2", tags={"ImageType": ["ORIGINAL", "PRIMARY", ""], "SeriesDescription": "x"})
    headers = [read_header(tmp_path, name) for name in ("DES", "LE", "late", "plain")]
    images, decisions, _ = take_images(headers, read_rules(), doubles_by(str))
    write_images(tmp_path, images, decisions, {"late": "late phase", "notes": "no DICOM file"})
    rows = {row["file"]: row for row in read_csv(tmp_path / "images.csv")}
    assert (rows["LE"]["image"], rows["LE"]["side"], rows["LE"]["view"]) == ("LE", "L", "CC")
    assert rows["LE"]["evidence"].startswith("ImageType LOW_ENERGY: PS3.3")
    assert (rows["plain"]["image"], rows["plain"]["side"]) == ("UNKNOWN", "")
    assert [rows[name]["left_out"] for name in ("LE", "late")] == ["", "late phase"]
    counted = tally(decisions)
    assert [count for count, _ in counted] == [2, 1, 1]
    assert counted[0][1].startswith("DES by ImageType SUBTRACTION: PS3.3")
    assert any(what.startswith("UNKNOWN by no rule knows") for _, what in counted)
