"""The folder of a reader study, the sealed truth beside it, and the folder of its analysis: their files' names.

protocol.json (design, size of the pictures, check sums of all files), items.json (who reads which opaque pictures
when), pictures/, answers.sqlite (the log), access.sqlite (links and passwords), manifest.json. The truth lies outside.
"""

from pathlib import Path

KIND = "study"
MADE_BY = "vcem study new"
PROTOCOL, ITEMS = "protocol.json", "items.json"
LOG, ACCESS = "answers.sqlite", "access.sqlite"
PAGE, RESULTS, ANSWERS = "index.html", "results.csv", "answers.csv"
RATINGS, EXCHANGE, MRMC = "ratings.csv", "ratings.imrmc", "mrmc.json"
OWN = rf"{PROTOCOL}|{ITEMS}|pictures(/[0-9a-f]+\.grey)?|(pictures/)?\..*\.partial"
"""Every path that freezing writes, the manifest apart."""


def picture_file(name: str) -> str:
    """Return where a picture lies in the folder."""
    return f"pictures/{name}.grey"


def results_beside(folder: Path) -> Path:
    """Return where the page of who runs a study puts its analysis: beside its folder, which is served."""
    return folder.with_name(f"{folder.name}-results")


def truth_beside(folder: Path) -> Path:
    """Return where the sealed truth of a study goes if nothing else is said: beside its folder, never in it."""
    return folder.with_name(f"{folder.name}-truth.json")
