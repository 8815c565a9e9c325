import stat

from fakes.toy_archive import write_archive
from vcem.core.files import read_csv
from vcem.dicom.crosswalk import write_crosswalk
from vcem.dicom.deidentify_folder import Settings, begin, deidentify_folder
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms


def test_it_leads_from_every_original_to_what_became_of_it(tmp_path):
    settings = Settings(write_archive(tmp_path / "in"), tmp_path / "out", Pseudonyms(b"k" * 32), read_profile())
    begin(settings)
    rows = deidentify_folder(settings, lambda rows, _: rows)
    path = tmp_path / "sealed" / "crosswalk.csv"
    write_crosswalk(path, settings, rows)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    links = {link["original_file"]: link for link in read_csv(path)}
    assert len(links) == 8
    low = links["SMITH_SALLY/low.dcm"]
    assert low["original_patient"] == "4711-A"
    assert low["output"].startswith(f"{low['patient']}/{low['study']}/{low['uid']}")
    assert low["days_back"] == str(settings.names.days_back("4711-A"))
    assert links["cut.dcm"]["why"]
    assert not links["cut.dcm"]["output"]
