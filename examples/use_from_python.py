"""From a virtual woman to a scored virtual DES image, in Python. Explained in docs/tutorials/from-python.md."""

import tempfile
from dataclasses import replace
from pathlib import Path

import vcem
from vcem.cli.main import main as command
from vcem.core.grid import Size
from vcem.prepare.breast import breast_mask
from vcem.score.crossval import Setting
from vcem.train.fold import Options


def main(work):
    view = vcem.simulate_exam(seed=5, number=2, pixel_mm=1.6)[0]
    breast = breast_mask(view.le, view.side)
    print(f"{view.pair}: the LE image handed back scores {psnr(view, view.le, breast)} dB inside the breast")

    command(["simulate", f"{work}/cohort", "--patients", "4", "--pixel-mm", "1.6", "--seed", "1", "--jobs", "1"])
    command(["import", "dicom", f"{work}/cohort", f"{work}/catalogue", "--align", "header", "--jobs", "1"])
    command(["prepare", f"{work}/catalogue", f"{work}/prepared", "--protocol", "strict", "--size", "48", "--jobs", "1"])
    command(["split", f"{work}/prepared", "--protocol", "strict", "--folds", "2", "--seed", "0"])
    recipe = vcem.read_recipe(Path(__file__).parents[1] / "recipes" / "demo" / "autoencoder.toml")
    recipe = replace(recipe, size=Size(48, 48), training=replace(recipe.training, epochs=1))
    setting = Setting(work / "prepared", work / "runs", options=Options(threads=1, plain=True))
    print(*vcem.cross_validate([recipe], setting), sep="\n")

    y_hat = vcem.enhance(vcem.open_model(work / "runs" / "demo-autoencoder" / "fold-00"), view.le, view.side)
    print(f"trained for one epoch on a few views: {psnr(view, y_hat, breast)} dB")


def psnr(view, y_hat, breast):
    return f"{vcem.score_arrays(view.des, y_hat, breast)['psnr_breast'][0]:.1f}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder))
