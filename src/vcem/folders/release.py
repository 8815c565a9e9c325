"""A de-identified folder, and a data set fit for release that is made of one: their files' names.

de-identified  deidentify.json first, images, files.csv, skipped.csv; manifest.json once a search found nothing
release        release.json first, images/, tables, texts and SHA256SUMS; manifest.json once a search found nothing
"""

from vcem.core.files import MANIFEST
from vcem.folders.catalogue import SKIPPED, TABLE

DEIDENTIFIED, RELEASE = "deidentified", "release"
BEGUN, FILES, PROGRESS = "deidentify.json", "files.csv", "files.partial"
NO_IMAGES = (BEGUN, FILES, SKIPPED)
MARK, SUMS = "release.json", "SHA256SUMS"
IMAGES = "images/"
CASES, LEFT_OUT = "cases.csv", "left-out.csv"
LICENSE, CITATION, README = "LICENSE", "CITATION.cff", "README.md"
DICTIONARY = "data-dictionary"
TABLES = (CASES, LEFT_OUT)
TEXTS = (MARK, SUMS, MANIFEST, LICENSE, CITATION, README, *TABLE, f"{DICTIONARY}.csv", f"{DICTIONARY}.md")
