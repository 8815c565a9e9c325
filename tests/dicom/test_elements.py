import io

import pydicom
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian

from vcem.dicom.elements import code, file_bytes, file_meta, of, source_reference


def test_a_file_comes_back_and_has_the_same_bytes_again():
    def made():
        dataset = of(SOPClassUID=DigitalMammographyXRayImageStorageForPresentation, SOPInstanceUID="2.25.7")
        dataset.ViewCodeSequence = [code("399162004", "SCT", "cranio-caudal")]
        dataset.file_meta = file_meta(DigitalMammographyXRayImageStorageForPresentation, "2.25.7")
        return file_bytes(dataset)

    assert made() == made()
    read = pydicom.dcmread(io.BytesIO(made()))
    assert read.ViewCodeSequence[0].CodeMeaning == "cranio-caudal"
    assert read.file_meta.MediaStorageSOPInstanceUID == "2.25.7"
    assert read.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_pixels_are_words():
    assert of(PixelData=b"\0\0")["PixelData"].VR == "OW"


def test_a_source_is_named_pixel_for_pixel():
    item = source_reference("1.2.3", "1.2.4")
    assert (item.ReferencedSOPInstanceUID, item.ReferencedSOPClassUID) == ("1.2.3", "1.2.4")
    assert item.SpatialLocationsPreserved == "YES"
    assert item.PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
