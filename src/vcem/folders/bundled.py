"""The models that come with vcem: runs without their checkpoints, found by name where no folder of that name lies here.

Each lies in `vcem/models/NAME`, as `vcem export --to run` wrote it, and serves wherever a run does.
"""

from pathlib import Path

import vcem
from vcem.core.errors import UsageError
from vcem.folders.run import is_run

MODELS = Path(vcem.__file__).parent / "models"


def names() -> list[str]:
    """Return the names of the models that come with vcem."""
    return sorted(folder.name for folder in MODELS.glob("*") if is_run(folder))


def found(folder: Path) -> Path:
    """Return the folder, or where there is none the model of that name that comes with vcem.

    Raises:
        UsageError: if it is a name alone, neither of a folder here nor of such a model.
    """
    if folder.exists() or len(folder.parts) != 1:
        return folder
    if folder.name not in names():
        raise UsageError(
            f"There is no folder {folder} here, and no model of that name comes with vcem.",
            f"a folder of a run or an exported model, or one of: {', '.join(names())}",
            "see vcem models",
        )
    return MODELS / folder.name
