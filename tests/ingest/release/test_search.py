from dataclasses import replace

import pytest

from released import CITATION, drafted, released
from vcem.folders.release import TABLES, TEXTS
from vcem.ingest.release.folder import finish, write
from vcem.ingest.release.search import search

PERSON = "name or number of a person"


def found(made):
    return {(leak.file, leak.what.partition(", line")[0]) for leak in search(made, lambda items, _: items).leaks}


def append(path, text):
    path.write_bytes(path.read_bytes() + text.encode())


@pytest.fixture
def made(tmp_path):
    return released(tmp_path, reports="patient,findings\n4711-A,Mass\n")


@pytest.fixture
def out(made):
    return made.settings.out


def test_a_clean_release_has_no_leak_and_everything_was_searched(made, out):
    finish(made)
    verdict = search(made, lambda items, _: items)
    assert verdict.leaks == ()
    assert verdict.files == 7 + 2 + 10
    assert verdict.searched > 10


@pytest.mark.parametrize("word", ["Smith", "sally", "4711-A", "ACC665544"])
def test_a_name_or_number_planted_in_any_text_is_found(made, out, word):
    names = {*TABLES, *TEXTS} - {"manifest.json"}
    for name in names:
        append(out / name, f"{word}\n")
    assert {file for file, what in found(made) if what == PERSON} == names


def test_a_name_in_findings_is_found(made, out):
    path = out / "cases.csv"
    path.write_text(path.read_text().replace(",Mass,", ",Jones,"))
    assert ("cases.csv", PERSON) in found(made)


def test_a_term_of_the_user_that_is_a_name_is_found_before_the_release_is_finished(tmp_path):
    made = released(tmp_path, reports="patient,findings\n4711-A,Jones\n", findings=("Jones",))
    assert {("cases.csv", PERSON), ("data-dictionary.csv", PERSON)} <= found(made)


def test_a_uid_of_an_original_is_found(made, out):
    append(out / "README.md", "1.2.77.1\n")
    assert any(file == "README.md" and what.startswith("UID") for file, what in found(made))


def test_an_original_in_place_of_an_image_is_found(made, out):
    case = next(c for c in made.cases if c.kind == "LE" and c.side == "R")
    (out / case.image).write_bytes((made.settings.source / "JONES" / "LE.dcm").read_bytes())
    told = {what for file, what in found(made) if file == case.image}
    assert {"UID of an original", "dates that were not moved", "it is not what was released"} <= told


def test_a_crosswalk_or_anything_else_in_the_folder_is_found(made, out):
    (out / "crosswalk.csv").write_text("4711-A,P0123456789abcdef\n")
    (out / "images" / "notes").write_text("x")
    told = found(made)
    assert ("crosswalk.csv", "nothing here made this file") in told
    assert ("images/notes", "nothing here made this file") in told


def test_what_is_gone_or_changed_is_told(made, out):
    (out / "cases.csv").unlink()
    (out / made.cases[0].image).unlink()
    append(out / "README.md", "x")
    assert {("cases.csv", "it is gone"), (made.cases[0].image, "it is gone"),
            ("README.md", "it is not what was released")} == found(made)  # fmt: skip


def test_an_author_who_is_called_like_a_patient_is_no_leak_but_in_the_cases_it_is(tmp_path):
    made = released(tmp_path)
    author = replace(CITATION, authors=({"family-names": "Smith", "given-names": "Jane"},))
    named = replace(made, terms=replace(made.terms, citation=author))
    write(named, lambda items, _: items)
    assert found(named) == set()
    append(named.settings.out / "cases.csv", "Smith\n")
    assert ("cases.csv", PERSON) in found(named)


@pytest.mark.parametrize(
    "text",
    [
        "Images of Sally Smith.",
        "for smith,\nsally",
        "Accession ACC778899 is\nincluded",
        "as SMITH said",
        "htimS yllaS",
    ],
)
def test_a_licence_file_is_searched(tmp_path, text):
    made = drafted(tmp_path)
    (tmp_path / "terms.txt").write_text(f"The authors grant terms under which others share the works.\n{text}\n")
    named = replace(made, terms=replace(made.terms, licence="LicenseRef-X", licence_file=tmp_path / "terms.txt"))
    write(named, lambda items, _: items)
    assert {file for file, _ in found(named)} == {"LICENSE"}


@pytest.mark.parametrize(
    "said", [{"title": "Images of Smith"}, {"source": "ACC665544"}, {"abstract": "of Mary Jones and others"}]
)
def test_a_citation_is_searched(tmp_path, said):
    made = drafted(tmp_path)
    named = replace(made, terms=replace(made.terms, citation=replace(CITATION, texts={**CITATION.texts, **said})))
    write(named, lambda items, _: items)
    assert found(named)


def test_the_whole_name_of_a_patient_is_found_even_as_an_author(tmp_path):
    made = drafted(tmp_path)
    author = replace(CITATION, authors=({"family-names": "Smith", "given-names": "Sally"},))
    named = replace(made, terms=replace(made.terms, citation=author))
    write(named, lambda items, _: items)
    assert {"CITATION.cff", "README.md", "LICENSE"} >= {file for file, _ in found(named)} != set()


def test_an_original_that_is_not_at_hand_leaves_its_image_unfinished(made):
    (made.settings.source / "JONES" / "LE.dcm").unlink()
    assert any(what == "nothing here made this file" for _, what in found(made))
