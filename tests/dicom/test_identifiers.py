from pydicom.dataset import Dataset

from toy_dicom import STUDY, image_of, pixels_of
from vcem.dicom.identifiers import identifiers_of
from vcem.dicom.profile import read_profile
from vcem.dicom.write import dataset_of

WORDS = frozenset({"silver", "breast", "senographe", "pristina"})


def found(**tags):
    dataset = Dataset()
    for keyword, value in tags.items():
        setattr(dataset, keyword, value)
    return identifiers_of(dataset, "scan.dcm", WORDS)


def texts(identifiers):
    return {identifier.value for identifier in identifiers.texts}


def test_a_name_is_searched_whole_and_in_parts_but_not_by_a_common_word():
    assert texts(found(PatientName="Silver^Sally Ann")) == {"Silver^Sally Ann", "Sally"}


def test_a_name_that_is_a_word_of_every_header_is_not_searched_alone():
    said = found(OperatorsName="Silver", AccessionNumber="1")
    assert not said.texts
    assert [i.value for i in said.short] == ["1"]


def test_every_text_of_every_depth_counts():
    dataset, item, deeper = Dataset(), Dataset(), Dataset()
    deeper.InstitutionName = "Clinic of the Hill"
    item.RequestedProcedureDescription, item.RequestAttributesSequence = "Second look of Tuesday", [deeper]
    dataset.RequestAttributesSequence = [item]
    block = dataset.private_block(0x45, "MAKER", create=True)
    block.add_new(1, "LO", "private words")
    block.add_new(2, "UN", b"\0\1hidden words\0")
    got = texts(identifiers_of(dataset, "x/SMITH_SALLY/1.dcm", WORDS))
    assert {"Clinic of the Hill", "Second look of Tuesday", "private words", "hidden words", "SMITH_SALLY"} <= got


def test_texts_that_every_header_says_are_not_searched_unless_they_name_a_person():
    said = found(ManufacturerModelName="Senographe Pristina", StudyDescription="Pristina", BodyPartExamined="BREAST",
                 SeriesDescription="Breast", PatientID="Pristina")  # fmt: skip
    assert [i.source for i in said.texts] == ["PatientID"]


def test_a_text_of_the_trade_with_a_stranger_in_it_is_searched():
    comment = "vcem simulation; findings=Mrs Querfeld"
    said = found(
        ManufacturerModelName="Pristina of Dr. Querfeld", ImageComments=comment, PatientComments="Mrs Querfeld"
    )
    assert {i.source for i in said.texts} == {"ManufacturerModelName", "ImageComments", "PatientComments"}


def test_codes_of_the_standard_may_stay_and_others_may_not():
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "R-10242", "SNM3", "cranio-caudal"
    other = Dataset()
    other.CodeValue, other.CodingSchemeDesignator, other.CodeMeaning = "QUERFELD", "99OWN", "room 12"
    dataset = Dataset()
    dataset.ViewCodeSequence = [item, other]
    dataset.SeriesDescription = "Cranio-Caudal"
    assert texts(identifiers_of(dataset, "scan.dcm", WORDS)) == {"QUERFELD", "99OWN", "room 12"}


def test_short_parts_of_names_are_words_and_whole_names_are_kept_in_both_orders():
    said = found(PatientName="Li^Na", ReferringPhysicianName="Ng^A^Dr")
    assert said.words == {"li", "na", "ng", "dr"}
    assert {"li na", "na li", "lina", "nali"} <= said.wholes


def test_digits_of_numbers_of_people():
    assert found(PatientID="4711-998", AccessionNumber="A12", StudyID="00012").numbers == {"4711998", "00012"}


def test_short_values_are_compared_whole():
    short = found(PatientID="7", AccessionNumber="12345", PatientAge="095Y").short
    assert {i.value for i in short} == {"7", "12345", "095Y"}


def test_an_age_below_ninety_may_stay():
    assert not found(PatientAge="058Y").short


def test_dates_and_uids():
    said = found(StudyDate="20240305", AcquisitionDateTime="20240306101112", PatientBirthDate="19660101",
                 StudyInstanceUID="1.2.3", SOPClassUID="1.2.840.10008.5.1.4.1.1.1.2")  # fmt: skip
    assert said.dates == {"20240305", "20240306", "19660101"}
    assert said.uids == {"1.2.3"}


def test_what_a_simulation_says_of_itself_may_stay():
    said = identifiers_of(dataset_of(pixels_of(), STUDY, image_of()), "a.dcm", read_profile().vocabulary)
    assert not {i.source for i in said.texts} & {"ImageComments", "Manufacturer", "CodeMeaning"}
    assert "PatientName" in {i.source for i in said.texts}
