"""Files a second of the header scan of `vcem import dicom`, beside pydicom alone, and of the second import.

    python benchmarks/import_headers.py [--files 10000] [--jobs 2]

The files are DICOM without pixel data, one study for every eight of them, with headers as a GE mammography unit
writes them: some 140 attributes, sequences in sequences, private elements. The scan is everything that an import does
before it decodes a pixel: listing, reading, keeping headers in the index, deciding which image each is, and matching LE
with DES. The peer reads the same whole headers with pydicom and does nothing with them. All files lie in the page
cache; a hospital's network drive is slower than that for both.
"""

import argparse
import io
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import DigitalMammographyXRayImageStorageForPresentation, ExplicitVRLittleEndian

from vcem.dicom.listing import list_files
from vcem.dicom.rescan import open_index, rescan
from vcem.dicom.vendors import read_rules

DIGITS = b"7" * 12  # of which each file has its own
IMAGE, STUDY, FRAME = (f"1.2.826.0.1.3680043.8.498.{kind}.{DIGITS.decode()}" for kind in (1, 2, 3))
KINDS = (("LOW_ENERGY", "ORIGINAL", "100000"), ("RECOMBINED", "DERIVED ", "100002"))
VIEWS = (("L", "R-10242"), ("R", "R-10242"), ("L", "R-10226"), ("R", "R-10226"))


def coded(value, scheme, meaning, **more):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    for name, content in more.items():
        setattr(item, name, content)
    return item


def template():
    """The bytes of one file, with texts of fixed length to be replaced."""
    d = Dataset()
    for name, value in {
        "SpecificCharacterSet": "ISO_IR 100", "ImageType": ["ORIGINAL", "PRIMARY", "", "LOW_ENERGY"],
        "SOPClassUID": DigitalMammographyXRayImageStorageForPresentation, "SOPInstanceUID": IMAGE,
        "StudyDate": "20240305", "SeriesDate": "20240305", "AcquisitionDate": "20240305", "ContentDate": "20240305",
        "StudyTime": "095500", "SeriesTime": "100000", "AcquisitionTime": "100000", "ContentTime": "100000",
        "AccessionNumber": "A777777777777", "Modality": "MG", "PresentationIntentType": "FOR PRESENTATION",
        "Manufacturer": "GE MEDICAL SYSTEMS", "InstitutionName": "Clinic of the Hill", "StationName": "SENO1",
        "ManufacturerModelName": "Senographe Pristina", "PatientName": "Doe^Jane", "PatientID": "P777777777777",
        "PatientBirthDate": "19660102", "PatientSex": "F", "PatientAge": "058Y", "StudyInstanceUID": STUDY,
        "SeriesInstanceUID": STUDY + ".1", "StudyID": "7", "SeriesNumber": "1", "InstanceNumber": "1",
        "FrameOfReferenceUID": FRAME, "ImageLaterality": "L", "BurnedInAnnotation": "NO", "KVP": "34",
        "ExposureTime": "800", "XRayTubeCurrent": "60", "Exposure": "48", "ExposureInuAs": "48000",
        "BodyPartThickness": "55", "CompressionForce": "90", "AnodeTargetMaterial": "RHODIUM",
        "FilterMaterial": "SILVER", "FocalSpots": "0.3", "DistanceSourceToDetector": "660", "Grid": ["RECIPROCATING"],
        "AcquisitionDeviceProcessingCode": "GEMS_FFDM_PV", "DetectorTemperature": "30.1", "DetectorID": "D1",
        "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "Rows": 2850, "Columns": 2394,
        "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0, "PixelPaddingValue": 0,
        "PixelIntensityRelationship": "LOG", "PixelIntensityRelationshipSign": -1, "RescaleIntercept": "0",
        "RescaleSlope": "1", "RescaleType": "US", "WindowCenter": ["2353", "2253", "2453"],
        "WindowWidth": ["750", "650", "850"], "WindowCenterWidthExplanation": ["NORMAL", "HARDER", "SOFTER"],
        "LossyImageCompression": "00", "ImagerPixelSpacing": ["0.1", "0.1"], "PatientOrientation": ["A", "FR"],
        "BreastImplantPresent": "NO", "PositionerType": "MAMMOGRAPHIC", "OrganExposed": "BREAST", "OrganDose": "0.0123",
        "EntranceDoseInmGy": "4.56", "PresentationLUTShape": "IDENTITY", "FieldOfViewShape": "RECTANGLE",
    }.items():  # fmt: skip
        setattr(d, name, value)
    deep = coded("399368009", "SCT", "modifier", ViewModifierCodeSequence=Sequence([coded("1", "99X", "a")] * 3))
    d.ViewCodeSequence = Sequence([coded("R-10242", "SNM3", "view", ViewModifierCodeSequence=Sequence([deep]))])
    d.AnatomicRegionSequence = Sequence([coded("T-04000", "SNM3", "Breast")])
    d.RequestAttributesSequence = Sequence([coded(str(i), "99X", "step") for i in range(4)])
    d.ProcedureCodeSequence = Sequence([coded(str(i), "99X", "code") for i in range(4)])
    d.SourceImageSequence = Sequence([reference(i) for i in range(4)])
    for group in (0x0009, 0x0011, 0x0019, 0x0045):
        block = d.private_block(group, "GEMS_SENO_02", create=True)
        for element in range(12):
            block.add_new(element, *(("LO", f"value {element}"), ("OB", bytes(200)), ("DS", "1.5"))[element % 3])
    d.file_meta = FileMetaDataset()
    d.file_meta.MediaStorageSOPClassUID, d.file_meta.MediaStorageSOPInstanceUID = d.SOPClassUID, IMAGE
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    content = io.BytesIO()
    d.save_as(content, enforce_file_format=True)
    return content.getvalue()


def reference(number):
    item = Dataset()
    item.ReferencedSOPClassUID = DigitalMammographyXRayImageStorageForPresentation
    item.ReferencedSOPInstanceUID = f"{STUDY}.{number}"
    item.PurposeOfReferenceCodeSequence = Sequence([coded("121322", "DCM", "Source image")])
    return item


def write_files(folder, count):
    plain = template()
    for i in range(count):
        study, within = divmod(i, 8)
        side, view = VIEWS[within // 2]
        kind, made, when = KINDS[within % 2]
        content = plain.replace(b"1." + DIGITS, b"1.%012d" % i).replace(DIGITS, b"%012d" % study)
        for old, new in (("LOW_ENERGY", kind), ("ORIGINAL", made), ("R-10242", view), ("100000", when)):
            content = content.replace(old.encode(), new.encode())
        content = content.replace(b"\x20\x00\x62\x00CS\x02\x00L ", b"\x20\x00\x62\x00CS\x02\x00" + f"{side} ".encode())
        path = folder / f"disk{i // 1000}" / f"study{study}" / f"IM{within}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.replace(b".3.%012d" % study, b".3.%012d" % (4 * study + within // 2)))


def import_scan(folder, index_path, jobs):
    """All that an import does before it decodes a pixel."""
    from vcem.ingest.dicom_images import take_images  # here, or every worker process imports it too
    from vcem.ingest.dicom_pairs import match_images
    from vcem.ingest.doubles import doubles_by

    stamps = list_files(folder).stamps
    index = open_index(index_path, folder)
    images, _, skipped = take_images(rescan(folder, stamps, index, jobs), read_rules(), doubles_by(str))
    matches, alone = match_images(images, late=False)
    index.finish(stamps)
    return len(stamps), len(matches), len(skipped) + len(alone)


def whole_header(folder, name):
    return len(pydicom.dcmread(folder / name, stop_before_pixels=True))


def pydicom_alone(folder, names, jobs):
    if jobs == 1:
        return sum(map(partial(whole_header, folder), names))
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return sum(pool.map(partial(whole_header, folder), names, chunksize=64))


def timed(what, count, work):
    began = time.perf_counter()
    result = work()
    taken = time.perf_counter() - began
    print(f"{what:42}{count / taken:8.0f} files/s{taken:8.2f} s   {result if isinstance(result, tuple) else ''}")
    return count / taken


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder, index = Path(temporary) / "in", Path(temporary) / "index"
        write_files(folder, args.files)
        names = list(list_files(folder).stamps)
        size = sum((folder / name).stat().st_size for name in names)
        print(f"{args.files} files of {size / len(names) / 1024:.1f} KiB, {whole_header(folder, names[0])} attributes")
        alone = timed("pydicom alone, 1 process", args.files, lambda: pydicom_alone(folder, names, 1))
        several = timed(
            f"pydicom alone, {args.jobs} processes", args.files, lambda: pydicom_alone(folder, names, args.jobs)
        )
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        first = timed(
            f"vcem, first import, {args.jobs} processes", args.files, lambda: import_scan(folder, index, args.jobs)
        )
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
        timed("vcem, second import, nothing changed", args.files, lambda: import_scan(folder, index, args.jobs))
        print(f"ratio to pydicom alone: {first / alone:.2f} (1 process), {first / several:.2f} ({args.jobs} processes)")
        print(f"memory of the main process grew by {grown:.0f} MiB, {1024 * grown / args.files:.1f} KiB a file")


if __name__ == "__main__":
    main()
