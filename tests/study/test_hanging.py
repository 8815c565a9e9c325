import json
from dataclasses import replace

from vcem.core.files import read_json
from vcem.study.sources import given_per_pixel


def items(folder):
    return read_json(folder / "study" / "items.json", "")


def test_models_stand_side_by_side_after_le_under_letters(made_studies):
    for item in items(made_studies["most-realistic"]):
        assert [p["title"] for p in item["panels"]] == ["LE", "A", "B", "C"]
        assert [p["column"] for p in item["panels"]] == [0, 1, 2, 3]


def test_both_breasts_hang_back_to_back_and_only_some_treatments_have_des(made_studies):
    folder = made_studies["multi-reader"]
    shown = {i["opaque"]: i["shown"][0] for i in read_json(folder / "study-truth.json", "")["items"]}
    for item in items(folder):
        where = [(p["title"], p["row"], p["column"], p["anchor"]) for p in item["panels"]]
        assert where == [("RCC", 0, 0, "right"), ("LCC", 0, 1, "left"), ("RMLO", 1, 0, "right"), ("LMLO", 1, 1, "left")]
        names = [la["name"] for p in item["panels"] for la in p["layers"]]
        assert ("DES" in names) == (shown[item["item"]] != "LE")
        assert item["about"] in ("right breast", "left breast")


def test_an_image_has_another_name_in_every_reading(made_studies):
    images = [la["image"] for i in items(made_studies["multi-reader"]) for p in i["panels"] for la in p["layers"]]
    assert len(images) == len(set(images))


def test_millimetres_are_equal_by_the_reduction_of_each_image(toy_store):
    square = {"step": "square", "rows": 2048, "columns": 1024, "side": "L"}
    chain = [square, {"step": "resize", "given": 2048, "size": 256, "antialias": True}]
    assert given_per_pixel(replace(toy_store.pairs[0], chain=json.dumps(chain))) == 8
    assert given_per_pixel(toy_store.pairs[0]) == 1
