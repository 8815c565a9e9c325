"""vcem: virtual contrast-enhanced mammography, measured honestly.

What a program or a notebook needs, by name; each is loaded when it is first used, so that `import vcem` loads no torch:

- `open_prepared(folder)`, `open_run(folder)`, `open_model(folder)`: what `vcem prepare`, `train` and `export` made
- `score_arrays(y, y_hat, mask)`: every metric of a pair of images, whole and inside the breast
- `measure_lesions(y, y_hat, mask, lesion)`: contrast of outlined lesions in truth and prediction
- `enhance(model, le, side)`, `enhance_file(model, path)`: the virtual DES image of an LE image
- `cross_validate(recipes, setting)`, `validate(runs, setting)`: train and score folds, score them on other data
- `simulate_exam(seed)`: the views of a virtual woman with the exact iodine
- `register_method(name, entry)`, `register_metric(name, metric)`: a method or a metric of your own
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcem.apply.enhance import enhance_file as enhance_file
    from vcem.apply.enhancer import enhance_image as enhance
    from vcem.apply.enhancer import load_enhancer as open_model
    from vcem.folders.prepared import open_store as open_prepared
    from vcem.methods import register_method as register_method
    from vcem.metrics.lesion import measure_lesions as measure_lesions
    from vcem.metrics.table import register_metric as register_metric
    from vcem.score.compare import score_arrays as score_arrays
    from vcem.score.crossval import cross_validate as cross_validate
    from vcem.score.validate import validate as validate
    from vcem.simulate.virtual_exam import simulate_exam as simulate_exam
    from vcem.train.recipe import load as read_recipe
    from vcem.train.rundir import read_run as open_run

__version__ = "0.1.0"
_HOMES = {
    "cross_validate": "vcem.score.crossval:cross_validate",
    "enhance": "vcem.apply.enhancer:enhance_image",
    "enhance_file": "vcem.apply.enhance:enhance_file",
    "measure_lesions": "vcem.metrics.lesion:measure_lesions",
    "open_model": "vcem.apply.enhancer:load_enhancer",
    "open_prepared": "vcem.folders.prepared:open_store",
    "open_run": "vcem.train.rundir:read_run",
    "read_recipe": "vcem.train.recipe:load",
    "register_method": "vcem.methods:register_method",
    "register_metric": "vcem.metrics.table:register_metric",
    "score_arrays": "vcem.score.compare:score_arrays",
    "simulate_exam": "vcem.simulate.virtual_exam:simulate_exam",
    "validate": "vcem.score.validate:validate",
}
__all__ = [
    "__version__",
    "cross_validate",
    "enhance",
    "enhance_file",
    "measure_lesions",
    "open_model",
    "open_prepared",
    "open_run",
    "read_recipe",
    "register_method",
    "register_metric",
    "score_arrays",
    "simulate_exam",
    "validate",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 (whatever stands behind the name)
    if name not in _HOMES:
        raise AttributeError(f"module 'vcem' has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
