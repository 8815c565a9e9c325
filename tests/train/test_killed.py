"""Training killed at random moments."""

import pytest
import torch

from processes import KILLED, vcem
from toy_recipes import FORMS_SLOW, toy_file
from vcem.core.files import sha256
from vcem.core.seeds import rng_for
from vcem.folders.log import read_log

CLOCK = ("pairs_per_s", "seconds")


def end_of(folder):
    """Everything that training leaves behind, clock times apart."""
    state = torch.load(folder / "state.pt", weights_only=True)
    state["position"].pop("seconds")
    records = [
        {k: v for k, v in vars(r).items() if k not in CLOCK} for r in read_log(folder, state["position"]["epoch"])
    ]
    return state, sha256(folder / "best.safetensors"), records


def compare(killed, unbroken):
    expected, found = end_of(unbroken), end_of(killed)
    assert found[1:] == expected[1:]
    torch.testing.assert_close(found[0], expected[0], rtol=0, atol=0)
    assert not list(killed.glob(".*.partial")), "nothing half-written is left"


@pytest.mark.parametrize("checkpoint_steps", [0, 1])
@pytest.mark.parametrize("kind", FORMS_SLOW)
def test_a_killed_training_goes_on_to_the_same_bits(kind, checkpoint_steps, store, folds, tmp_path):
    recipe, told = toy_file(tmp_path, kind, batch=2, epochs=4), tmp_path / "told.txt"
    words = ["train", recipe, "--data", store.folder, "--fold", 0, "--threads", 1]
    words += ["--checkpoint-steps", checkpoint_steps, "--out"]
    assert vcem([*words, tmp_path / "unbroken"], told, counted_to=tmp_path / "calls") == 0, told.read_text()
    calls = int((tmp_path / "calls").read_text())
    rng = rng_for(0, "kill", kind, checkpoint_steps)
    for _ in range(3):  # at most 0.9 of the whole work, so every kill lands
        moment = int(rng.uniform(0, 0.3) * calls) + 1
        assert vcem([*words, tmp_path / "killed"], told, kill_at=moment) == KILLED
    assert vcem([*words, tmp_path / "killed"], told) == 0, told.read_text()
    compare(*(tmp_path / out / f"toy-{kind}" / "fold-00" for out in ("killed", "unbroken")))
    assert "Traceback" not in told.read_text()


def test_a_training_killed_within_each_of_its_writes_goes_on_to_the_same_bits(store, folds, tmp_path):
    recipe, told = toy_file(tmp_path, "autoencoder", epochs=2), tmp_path / "told.txt"
    words = ["train", recipe, "--data", store.folder, "--fold", 0, "--threads", 1, "--out"]
    assert vcem([*words, tmp_path / "unbroken"], told) == 0, told.read_text()
    killed = tmp_path / "killed" / "toy-autoencoder" / "fold-00"
    for write, (file, epochs) in enumerate([("log.jsonl", 0), ("best.safetensors", 0), ("state.pt", 0)], 1):
        assert vcem([*words, tmp_path / "killed"], told, kill_at=write, counting="flush") == KILLED
        assert [p.name.split(".")[1] for p in killed.glob(".*.partial")] == [file.split(".")[0]]
        assert (killed / "state.pt").is_file() == bool(epochs)
    assert vcem([*words, tmp_path / "killed"], told, kill_at=4, counting="flush") == KILLED
    assert torch.load(killed / "state.pt", weights_only=True)["position"]["epoch"] == 1
    assert vcem([*words, tmp_path / "killed"], told) == 0, told.read_text()
    compare(killed, tmp_path / "unbroken" / "toy-autoencoder" / "fold-00")
