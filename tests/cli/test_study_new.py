from dataclasses import replace

import pytest

from study_rooms import MODELS, READINGS, design_file, new_words, sources
from vcem.cli.main import main
from vcem.core.files import read_json, write_manifest
from vcem.folders.folds import Fold, Folds, write_folds
from vcem.folders.predictions import read_predictions, write_predictions
from vcem.folders.prepared import open_store, write_table


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("new")
    sources(made)
    return made


@pytest.mark.parametrize("kind", READINGS)
def test_each_design_becomes_a_frozen_study(folder, kind, tmp_path, capsys):
    words = new_words(folder, kind)
    words[4] = str(tmp_path / "s")
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "2 readers" in out
    assert "protocol " in out
    assert (tmp_path / "s-truth.json").is_file()
    assert main(words) == 2
    assert "already holds files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [(("count = 6", "count = 0"), "no cases"), (("count = 6", "count = 5"), "half real, half synthetic"),
     (("count = 6", "count = 60"), "needs 60 cases"), (('"cyclegan"', '"unknown"'), "no images of unknown"),
     (("seed = 3", "sede = 3"), "sede"), (("years = 38", "years = 0"), "no years of experience"),
     (('"Reader 2"', '"Reader 1"'), "appears twice")],
)  # fmt: skip
def test_bad_designs_are_refused_before_anything_is_written(folder, change, message, tmp_path, capsys):
    path = design_file(folder, "real-or-synthetic")
    assert change[0] in path.read_text()
    path.write_text(path.read_text().replace(*change))
    words = new_words(folder, "real-or-synthetic")
    path.write_text(path.read_text().replace(*change))
    words[4] = str(tmp_path / "s")
    assert main(words) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def refused(words, tmp_path, capsys):
    """What the verb says of a bad design; nothing must have been written."""
    words[4] = str(tmp_path / "s")
    assert main(words) == 2
    assert not (tmp_path / "s").exists()
    assert not (tmp_path / "s-truth.json").exists()
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [(("positives = 3", "positives = 6"), "a ROC area needs both kinds"),
     (("count = 6\n", "count = 20\n"), "needs 17 cases of different patients (read False)"),
     (('des = "cyclegan"', 'des = "unknown"'), "no images of unknown"),
     (('{name = "LE"}, ', '{name = "LE + DES"}, '), "appears twice"),
     (('"Reader 2"', '"Reader 1"'), "appears twice"),
     (('kind = "multi-reader"', 'kind = "multi-reader"\nwashout_days = 3'), "readers will remember"),
     (('kind = "multi-reader"', 'kind = "multi-reader"\nanswers = "revisable"'), "could be looked up"),
     (('kind = "multi-reader"', 'kind = "multi-reader"\nanswers = "open"'), "reading.answers"),
     (("[reading]", "[power]\nshare = 0.5\n[reading]"), "effect, pilot"),
     (("[reading]", "[power]\nefect = 0.5\n[reading]"), "power.efect")],
)  # fmt: skip
def test_bad_multi_reader_designs_are_refused(folder, change, message, tmp_path, capsys):
    words = new_words(folder, "multi-reader")
    path = design_file(folder, "multi-reader")
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change))
    assert message in refused(words, tmp_path, capsys)


def changed_pathology(folder, tmp_path, pathology):
    """The same data with the pathology of all cases changed."""
    made = tmp_path / "data"
    store = sources(made)
    write_table(store.folder, [replace(p, pathology=pathology) for p in store.pairs])
    write_manifest(store.folder, "prepared", {"protocol": "strict", "size": store.size.plain, "origin": "simulated"})
    new = open_store(store.folder)
    for model in MODELS:
        predicted = read_predictions(made / model)
        write_predictions(made / model, predicted.maker, new, predicted.pairs, predicted.y_hat[:].copy())
    return made


@pytest.mark.parametrize(
    ("pathology", "message"),
    [("", "pathology of 28 of 28 cases is not known"), ("Benign", "different patients (read True), there are 0")],
)
def test_a_missing_or_one_sided_truth_is_refused(folder, tmp_path, capsys, pathology, message):
    made = changed_pathology(folder, tmp_path, pathology)
    assert message in refused(new_words(made, "multi-reader"), tmp_path, capsys)


def test_predictions_of_pairs_that_the_network_saw_are_refused(tmp_path, capsys):
    store = sources(tmp_path / "data")
    pairs = [p.pair for p in store.pairs]
    fold = Fold(tuple(pairs[:1]), (), tuple(pairs[1:]))
    write_folds(store.folder / "folds.json", Folds(store.protocol, 0, (fold,)))
    said = refused(new_words(tmp_path / "data", "real-or-synthetic"), tmp_path, capsys)
    assert "holds 1 pairs that its network was trained or chosen on" in said


@pytest.mark.slow
def test_the_power_is_printed_and_frozen(folder, tmp_path, capsys):
    words = new_words(folder, "real-or-synthetic")
    path = folder / "real-or-synthetic.toml"
    path.write_text(path.read_text() + "[power]\nshare = 0.6\ndiscordant = 0.2\n")
    words[4] = str(tmp_path / "s")
    assert main(words) == 0
    out = capsys.readouterr().out
    protocol = read_json(tmp_path / "s" / "protocol.json", "")
    assert protocol["design"]["power"]["discordant"] == 0.2
    assert len(protocol["plan"]) == 2
    for line in protocol["plan"]:
        assert line in out
    design_file(folder, "real-or-synthetic")
    words[4] = str(tmp_path / "without")
    assert main(words) == 0
    assert "no table [power]" in capsys.readouterr().out
    assert "no table [power]" in read_json(tmp_path / "without" / "protocol.json", "")["plan"][-1]


def test_a_truth_inside_the_study_is_refused(folder, tmp_path, capsys):
    words = [*new_words(folder, "most-realistic"), "--truth", str(tmp_path / "s" / "truth.json")]
    words[4] = str(tmp_path / "s")
    assert main(words) == 2
    assert "lies inside the study" in capsys.readouterr().err


def test_the_same_pair_twice_in_a_model_is_refused_unless_it_has_two_names(folder, tmp_path, capsys):
    words = [*new_words(folder, "most-realistic"), str(folder / "pix2pix")]
    words[4] = str(tmp_path / "s")
    assert main(words) == 2
    assert "two images of" in capsys.readouterr().err
    words[-1] = f"other={folder / 'pix2pix'}"
    assert main(words) == 0
