import pytest

from vcem.core.errors import UsageError
from vcem.folders.scores import (
    IMAGE_COLUMNS,
    LESION_COLUMNS,
    LESIONS,
    MARK_COLUMNS,
    MARKS,
    SCORES,
    TEXTURE_COLUMNS,
    is_reference,
    is_scored,
    read_scores,
    write_scores,
)

IMAGE = dict.fromkeys(IMAGE_COLUMNS, "1") | {"method": "unet"}
LESION, MARK = dict.fromkeys(LESION_COLUMNS, "2"), dict.fromkeys(MARK_COLUMNS, "3")


@pytest.fixture
def scored(tmp_path):
    write_scores(tmp_path, [IMAGE, IMAGE | {"method": "reference-le"}], [LESION], [MARK])
    return tmp_path


def test_tables_come_back_as_they_were(scored):
    found = read_scores(scored)
    assert found.images == (IMAGE, IMAGE | {"method": "reference-le"})
    assert (found.lesions, found.marks) == ((LESION,), (MARK,))
    assert is_scored(scored)
    (scored / MARKS).unlink()
    assert read_scores(scored).marks is None


@pytest.mark.parametrize(("file", "columns"), [(SCORES, IMAGE_COLUMNS), (LESIONS, LESION_COLUMNS),
                                               (MARKS, MARK_COLUMNS)])  # fmt: skip
def test_a_table_that_lacks_a_column_is_refused_by_name(scored, file, columns):
    text = (scored / file).read_text()
    for column in columns:
        head, newline, rest = text.partition("\n")
        cells = [f"my_{cell}" if cell == column else cell for cell in head.split(",")]
        (scored / file).write_text(",".join(cells) + newline + rest)
        with pytest.raises(UsageError, match=rf"{file} lacks the columns {column}\."):
            read_scores(scored)


def test_further_columns_are_another_programs_own(scored):
    lines = (scored / SCORES).read_text().splitlines()
    (scored / SCORES).write_text("".join(f"{line},{cell}\n" for line, cell in zip(lines, ("lpips", 5, 6), strict=True)))
    assert read_scores(scored).images[0]["lpips"] == "5"


def test_references_alone_are_no_scores(tmp_path):
    write_scores(tmp_path, [IMAGE | {"method": "reference-le"}], [], [])
    with pytest.raises(UsageError, match="no row of a method"):
        read_scores(tmp_path)
    assert is_reference("reference-le")
    assert not is_reference("autoencoder")


def test_textures_come_back_where_they_were_recorded(scored):
    assert read_scores(scored).textures is None
    row = dict.fromkeys(TEXTURE_COLUMNS, "4")
    write_scores(scored, [IMAGE], [LESION], [MARK], textures=[row])
    assert read_scores(scored).textures == (row,)
