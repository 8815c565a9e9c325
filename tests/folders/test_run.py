from pathlib import Path

import pytest

from vcem.core.errors import UsageError
from vcem.folders.run import (
    BEST,
    begin,
    best_of,
    fold_folders,
    folder_of,
    number_of,
    open_run,
    recipe_text,
    refuse_unfinished,
    write_facts,
)

FACTS = {"kind": "run", "recipe": "r", "recipe_digest": "d", "method": "m", "fold": 3, "data": "x", "init_from": None,
         "pairs": {"digest": "p"}}  # fmt: skip


def test_a_run_lies_in_the_folder_of_its_recipe_and_fold(tmp_path):
    folder = folder_of(tmp_path, "small-pix2pix", 3)
    assert folder == tmp_path / "small-pix2pix" / "fold-03"
    assert [number_of(Path(name)) for name in ("fold-03", "fold-x", "other-03")] == [3, -1, -1]
    folder.mkdir(parents=True)
    (tmp_path / "notes").mkdir()
    for root in (tmp_path, folder.parent, folder):
        assert list(fold_folders(root)) == [folder]


def test_a_run_says_of_itself_what_was_written(tmp_path):
    begin(tmp_path / "run", 'name = "r"\n', FACTS)
    opened = open_run(tmp_path / "run")
    assert (opened.fold, opened.pairs_digest, opened.finished) == (3, "p", False)
    assert recipe_text(tmp_path / "run") == 'name = "r"\n'
    assert recipe_text(tmp_path) == ""
    with pytest.raises(UsageError, match="has not ended"):
        refuse_unfinished(opened)
    with pytest.raises(UsageError, match=BEST):
        best_of(tmp_path / "run")
    write_facts(tmp_path / "run", FACTS | {"finished": True})
    assert refuse_unfinished(open_run(tmp_path / "run")).finished
