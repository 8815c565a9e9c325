from pathlib import Path

import pytest
import torch

from toy_recipes import KINDS, toy_file, toy_recipe, toy_text
from vcem.core.errors import UsageError
from vcem.core.recipe import digest, dump
from vcem.methods import build
from vcem.train.recipe import load

RECIPES = Path(__file__).parents[2] / "recipes"
IN_BREASTS = ("cyclegan-resunet", "bridge")  # their networks have no features in air, whatever the protocol
OTHERS = ("simulate", "detect", "gateway")  # of a simulator, a detector and a service, not of a method
FILES = sorted(p for p in RECIPES.rglob("*.toml") if p.parent.name not in OTHERS)
# what the runs that people have were made with
DIGESTS = {
    "paper-autoencoder-pretrain": "21e7737e5ce9",
    "paper-autoencoder": "1e60d80c8b19",
    "paper-cyclegan-512": "c7ffed211753",
    "paper-cyclegan-pretrain": "a709659a499d",
    "paper-cyclegan": "abacdaa79601",
    "paper-pix2pix-pretrain": "d84da01e9da4",
    "paper-pix2pix": "3064bfb0c0b3",
    "small-autoencoder": "c444a5ba2248",
    "small-cyclegan": "b9c6bbf8f944",
    "small-pix2pix": "318b6934a937",
}
PAPER = {path.stem: load(path) for path in sorted((RECIPES / "paper").glob("*.toml"))}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(RECIPES).as_posix())
def test_every_recipe_of_the_repository_loads_builds_and_repeats_itself(path, tmp_path):
    recipe = load(path)
    with torch.device("meta"):
        build(recipe.method, recipe.size)
    (tmp_path / "again.toml").write_text(dump(recipe))
    assert load(tmp_path / "again.toml") == recipe
    assert recipe.name.startswith(path.parent.name), "the folder stands in the name"
    assert recipe.protocol == ("paper" if path.parent.name in ("paper", "paper-like") else "strict")
    assert recipe.method.masked == (recipe.protocol == "strict" or path.stem in IN_BREASTS)


def test_no_two_recipes_have_one_name_or_one_content():
    recipes = [load(path) for path in FILES]
    assert len({r.name for r in recipes}) == len({digest(r) for r in recipes}) == len(FILES) > 10


@pytest.mark.parametrize(("name", "lr", "beta1", "batch"), [
    ("autoencoder", 1e-3, 0.9, 128), ("pix2pix", 2e-4, 0.5, 128), ("cyclegan", 1e-5, 0.5, 8)])  # fmt: skip
def test_the_papers_recipes_say_what_the_paper_says(name, lr, beta1, batch):
    fine_tuned, pretrained = PAPER[name], PAPER[f"{name}-pretrain"]
    assert fine_tuned.method == pretrained.method
    for recipe, epochs in ((fine_tuned, 200), (pretrained, 300)):
        adam, training, augment = recipe.method.adam, recipe.training, recipe.augment
        assert (adam.lr, adam.beta1, adam.beta2, adam.weight_decay) == (lr, beta1, 0.999, 1e-5)
        assert (training.epochs, training.batch, training.patience) == (epochs, batch, 50)
        assert (augment.shift, augment.zoom, augment.rotation_deg, augment.flip) == (0.1, 0.1, 15.0, True)
    assert fine_tuned.training.keep_moments == (name != "autoencoder")
    assert (fine_tuned.training.plateau is not None) == (name == "autoencoder")


def test_a_setting_replaces_one_field(tmp_path):
    path = toy_file(tmp_path, "pix2pix")
    recipe = load(path, ["training.batch=4", "method.lambda_l1 = 10", "name=other", "training.plateau.patience=2"])
    assert (recipe.training.batch, recipe.method.lambda_l1, recipe.name) == (4, 10.0, "other")
    assert recipe.training.plateau.patience == 2
    assert digest(recipe) != digest(load(path))


@pytest.mark.parametrize(("setting", "message"), [
    ("training.batch", "not a setting"), ("=4", "not a setting"),
    ("training.batch.x=4", "batch is a value, not a table"),
    ("training.bach=4", r"training\.bach"), ("training.batch=many", r"training\.batch"),
])  # fmt: skip
def test_a_wrong_setting_is_told(tmp_path, setting, message):
    with pytest.raises(UsageError, match=message):
        load(toy_file(tmp_path, "pix2pix"), [setting])


def test_every_wrong_field_is_told_with_its_path(tmp_path):
    text = toy_text("pix2pix").replace("epochs = 3\n", "epochs = 3\nworkers = 3\n").replace("layers = 1", "depth = 1")
    (tmp_path / "wrong.toml").write_text(text.replace('protocol = "strict"\n', ""))
    with pytest.raises(UsageError) as caught:
        load(tmp_path / "wrong.toml")
    told = str(caught.value)
    for part in (
        "wrong.toml has 3 wrong field(s)",
        "protocol: Field required",
        "training.workers",
        "discriminator.depth",
        "docs/reference/recipes.md",
    ):
        assert part in told


@pytest.mark.parametrize("setting", [
    "method=3",
    "name='../elsewhere'", "name=''", "size=4", "training.epochs=0", "training.batch=0", "training.patience=0",
    "training.warm_up=-1", "training.decay_from=0", "training.decay_from=4", "training.clip_norm=0",
    "training.plateau={patience=-1}", "training.plateau={patience=1, factor=1.0}", "augment.probability=1.1",
    "augment.shift=-0.1", "augment.zoom=1.0", "augment.rotation_deg=nan", "method.adam.lr=0", "method.adam.lr=nan",
    "method.adam.beta1=1.0", "method.adam.beta2=-0.1", "method.adam.weight_decay=-1", "method.generator.width=0",
    "method.generator.depth=-1", "method.discriminator.width=-2", "method.generator.dropout_blocks=-1",
])  # fmt: skip
def test_an_impossible_number_is_refused_by_its_field(tmp_path, setting):
    path = toy_file(tmp_path, "pix2pix")
    table, _, field = setting.partition("=")[0].rpartition(".")
    with pytest.raises(UsageError, match=r"has 1 wrong field\(s\)") as caught:
        load(path, [setting])
    assert table in str(caught.value)
    assert field in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_method_takes_only_its_own_fields(tmp_path, kind):
    other = "lambda_l1" if kind.startswith(("autoencoder", "cyclegan", "resunet")) else "lambda_cycle"
    with pytest.raises(UsageError, match=rf"method\.{other}"):
        toy_recipe(tmp_path, kind, f"method.{other}=1.0")


@pytest.mark.parametrize(("content", "message"), [
    (b"name = ", "is not TOML"), (b"\xff\xfe", "is not TOML"), (None, "cannot be read"),
    (b"kind = 1", r"wrong field\(s\)"), (b'method = {kind = "vae"}', "vae"),
])  # fmt: skip
def test_a_file_that_is_no_recipe_is_told(tmp_path, content, message):
    if content is not None:
        (tmp_path / "no.toml").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        load(tmp_path / "no.toml")


def optimised(tmp_path, table):
    text = toy_text("pix2pix").replace("adam = {lr = 2e-3, beta1 = 0.5}\n", "")
    (tmp_path / "optimised.toml").write_text(f"{text}\n[method.optimiser]\n{table}\n")
    return tmp_path / "optimised.toml"


def test_any_optimiser_of_torch_may_take_the_place_of_adam(tmp_path):
    table = 'kind = "AdamW"\nlr = 3e-4\noptions = {weight_decay = 0.05, betas = [0.5, 0.9]}'
    recipe = load(optimised(tmp_path, table))
    assert recipe.method.adam is None
    made = build(recipe.method, recipe.size).groups["g"].optimiser.build([torch.zeros(2, requires_grad=True)])
    assert type(made) is torch.optim.AdamW
    assert {k: made.defaults[k] for k in ("lr", "weight_decay", "betas")} == {
        "lr": 3e-4, "weight_decay": 0.05, "betas": (0.5, 0.9)}  # fmt: skip
    (tmp_path / "again.toml").write_text(dump(recipe))
    assert load(tmp_path / "again.toml") == recipe


@pytest.mark.parametrize(("table", "message"), [
    ('kind = "Adagrod"\nlr = 1', "no 'Adagrod' but ASGD, Adadelta"),
    ('kind = "SGD"\nlr = 1\noptions = {momentun = 0.9}', "momentun"),
    ('kind = "SGD"\nlr = 1\noptions = {momentum = -1}', "momentum"),
    ('kind = "SGD"\nlr = 0', "optimiser.lr"), ('kind = "SGD"\nlr = 1\nmomentum = 0.9', "optimiser.momentum"),
    ('kind = "LBFGS"\nlr = 1', "LBFGS cannot train"), ('kind = "SparseAdam"\nlr = 1', "SparseAdam cannot train"),
])  # fmt: skip
def test_an_optimiser_that_torch_does_not_have_or_that_cannot_train_is_told(tmp_path, table, message):
    with pytest.raises(UsageError, match=message):
        load(optimised(tmp_path, table))


def test_two_optimisers_are_refused(tmp_path):
    with pytest.raises(UsageError, match="adam and optimiser, not both"):
        load(toy_file(tmp_path, "pix2pix"), ["method.optimiser={kind='SGD', lr=1.0}"])


def test_digests_of_the_repositorys_recipes_stay_what_runs_were_made_with():
    recipes = [load(path) for path in FILES if path.parent.name in ("paper", "small")]
    assert {recipe.name: digest(recipe) for recipe in recipes if recipe.name in DIGESTS} == DIGESTS
