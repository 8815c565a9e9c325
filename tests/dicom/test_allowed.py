import numpy as np
import pytest
from pydicom.dataset import Dataset

from vcem.dicom.allowed import Work, allowed
from vcem.dicom.profile import read_profile
from vcem.dicom.pseudonyms import Pseudonyms

PROFILE = read_profile()


def cleaned(dataset, days=400):
    work = Work(PROFILE, Pseudonyms(b"k" * 32), days)
    return allowed(dataset, PROFILE.top, work), work.lost


def raw(keyword, vr, content):
    """A value as a damaged file may hold it, which pydicom reads only when it is asked for."""
    from pydicom.datadict import tag_for_keyword
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import Tag

    tag = Tag(tag_for_keyword(keyword))
    dataset = Dataset()
    dataset[tag] = RawDataElement(tag, vr, len(content), content, 0, False, True)
    return dataset


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("keyword", "vr", "content"),
    [
        ("KVP", "DS", b"SMITH"),
        ("KVP", "DS", b"1_0"),
        ("KVP", "LO", b"SMITH"),
        ("SeriesNumber", "IS", b"SALLY"),
        ("StudyDate", "DA", b"SMITH "),
        ("StudyTime", "TM", b"250000"),
        ("StudyTime", "TM", b"SMITH"),
        ("ViewCodeSequence", "LO", b"SMITH"),
    ],
)
def test_a_value_of_the_wrong_form_goes(keyword, vr, content):
    made, lost = cleaned(raw(keyword, vr, content))
    assert lost == {keyword: 1}
    assert not made.get(keyword)


def test_what_is_absent_is_not_added():
    assert len(cleaned(Dataset())[0]) == 0


def test_one_wrong_value_of_several_takes_all():
    dataset = Dataset()
    dataset.WindowCenterWidthExplanation = ["NORMAL", "Dr. Smith"]
    assert "WindowCenterWidthExplanation" not in cleaned(dataset)[0]


def test_what_stands_in_an_item_without_leave_goes():
    dataset, code, modifier = Dataset(), Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "399162004", "SCT", "cranio-caudal"
    code.PatientName = modifier.PatientName = "Smith"
    modifier.CodeValue, modifier.CodingSchemeDesignator, modifier.CodeMeaning = "1", "99OWN", "Smith's own"
    code.ViewModifierCodeSequence, dataset.ViewCodeSequence = [modifier], [code]
    made, lost = cleaned(dataset)
    assert "Smith" not in str(made)
    assert made.ViewCodeSequence[0].CodeMeaning == "cranio-caudal"
    assert len(made.ViewCodeSequence[0].ViewModifierCodeSequence) == 0
    assert lost["CodingSchemeDesignator"] == 1


@pytest.mark.parametrize("little", [True, False])
def test_a_table_of_either_byte_order_keeps_its_numbers(little):
    dataset, item = Dataset(), Dataset()
    item.set_original_encoding(False, little)
    item.LUTDescriptor = [3, 0, 12]
    item.add_new("LUTData", "OW", np.array([1, 258, 4095], "<u2" if little else ">u2").tobytes())
    dataset.VOILUTSequence = [item]
    made = cleaned(dataset)[0]
    assert np.frombuffer(made.VOILUTSequence[0].LUTData, "<u2").tolist() == [1, 258, 4095]


def test_machines_are_told_apart_without_their_numbers():
    one, other = Dataset(), Dataset()
    one.DeviceSerialNumber, other.DeviceSerialNumber = "87654", "87655"
    first, second = cleaned(one)[0].DeviceSerialNumber, cleaned(other)[0].DeviceSerialNumber
    assert first != second
    assert "8765" not in first + second
