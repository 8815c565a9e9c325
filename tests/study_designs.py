"""Designs and candidate cases for the tests of reader studies."""

from vcem.study.design import Cases, Design, Reader
from vcem.study.items import Candidate
from vcem.study.kinds.most_realistic import MostRealistic
from vcem.study.kinds.multi_reader import MultiReader, Treatment
from vcem.study.kinds.real_or_synthetic import RealOrSynthetic
from vcem.study.secret import Secret

SECRET = Secret("5" * 64)
MODELS = ("autoencoder", "pix2pix", "cyclegan")
READINGS = {
    "most-realistic": MostRealistic("most-realistic", MODELS),
    "real-or-synthetic": RealOrSynthetic("real-or-synthetic", "cyclegan"),
    "multi-reader": MultiReader(
        "multi-reader", (Treatment("LE"), Treatment("LE + DES", "real"), Treatment("LE + virtual DES", "cyclegan"))
    ),
}


def design(kind: str, seed: int = 0, readers: int = 4, reading=None, **cases) -> Design:
    """A small design of one kind."""
    if kind == "multi-reader":
        cases = {"positives": cases.get("count", 24) // 2} | cases
    fields = {"count": 24, "strata": ("density",), "training": 2, "repeats": 4, "repeat_gap": 5} | cases
    people = tuple(Reader(f"r{n}", 8.0 + n) for n in range(readers))
    return Design(kind, seed, people, Cases(**fields), reading or READINGS[kind])


def candidates(patients: int = 40, each: int = 2, sources=("real", *MODELS)) -> list[Candidate]:
    """Breasts of patients of four densities, half of the patients positive."""
    return [
        Candidate(f"P{p}_{'LR'[b]}", f"P{p}", p % 2 == 0, frozenset(sources), {"density": "abcd"[p // 2 % 4]})
        for p in range(patients)
        for b in range(each)
    ]
