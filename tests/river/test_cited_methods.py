"""The systems that the paper cites go the way of its own methods, verb by verb; tests of export take them further."""

import pytest

from toy_recipes import three_folds, toy_file
from vcem.cli.main import main
from vcem.core.files import read_csv


@pytest.mark.parametrize(("kind", "more"), [
    ("cyclegan-resunet", []), ("cyclegan-resunet", ["--set", "method.lambda_lesion=1.0"]),
    ("pix2pix", ["--set", "method.lambda_lesion=1.0"]), ("autoencoder-dropout", []), ("bridge", []),
])  # fmt: skip
def test_train_predict_and_score(kind, more, toy_store_of, tmp_path, capsys):
    store = toy_store_of(size=16)
    three_folds(store)
    recipe, data, out = toy_file(tmp_path, kind, epochs=1), ["--data", str(store.folder)], tmp_path / "runs"
    run = out / f"toy-{kind}" / "fold-01"
    assert main(["train", str(recipe), *data, "--fold", "1", "--out", str(out), "--threads", "1", *more]) == 0
    assert main(["predict", str(run), *data]) == 0
    assert main(["score", str(run / "predictions"), *data]) == 0
    rows = read_csv(run / "scores.csv")
    method = kind.partition("-")[0]
    assert len([row for row in rows if row["method"] == method]) == 4
    assert "Traceback" not in capsys.readouterr().err
