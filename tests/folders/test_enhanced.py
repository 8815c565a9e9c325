from vcem.core.files import read_csv, read_manifest
from vcem.folders.enhanced import KIND, EnhancedImage, finish, write_images


def test_a_row_an_image_and_the_origins_of_all(tmp_path):
    images = [EnhancedImage("b", "2.dcm", "L", "CC", "simulated"), EnhancedImage("a", "1.dcm", "R", "MLO", "clinical")]
    write_images(tmp_path, images)
    finish(tmp_path, {"name": "toy"}, images)
    assert [row["output"] for row in read_csv(tmp_path / "images.csv")] == ["1.dcm", "2.dcm"]
    manifest = read_manifest(tmp_path, KIND, "vcem enhance")
    assert (manifest["origin"], manifest["images"]) == (["clinical", "simulated"], 2)
