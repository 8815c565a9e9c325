"""A folder made anew as a whole: whatever ends it, an older one stays as it was, and the same command goes on."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vcem.core.files import BUILDING, MANIFEST, read_json, refuse_mixture
from vcem.core.foreign import told


@contextmanager
def rebuilt(folder: Path, kind: str) -> Iterator[Path]:
    """Yield a hidden folder within `folder`, which the block fills and finishes with a manifest.

    Only when the block has succeeded do its files take the place of older ones; of those the older manifest's go, and
    what others put there stays. A killed process leaves the hidden folder, which the next one clears.

    Raises:
        UsageError: if `folder` holds something else than an older or unfinished one of this kind.
        FailureError: if the system refuses to write.
    """
    refuse_mixture(folder, kind)
    building, new = folder / BUILDING, not folder.exists()
    shutil.rmtree(building, ignore_errors=True)
    with told(folder):
        building.mkdir(parents=True)
    try:
        yield building
        with told(folder):
            _replace(folder, building)
    finally:
        shutil.rmtree(building, ignore_errors=True)
        if new and not any(folder.iterdir()):
            folder.rmdir()


def _replace(folder: Path, building: Path) -> None:
    made = sorted(p.relative_to(building) for p in building.rglob("*") if p.is_file())
    older = set(read_json(folder / MANIFEST, "a manifest")["files"]) if (folder / MANIFEST).is_file() else set()
    (folder / MANIFEST).unlink(missing_ok=True)  # from here to its end the folder is not a finished one
    for stale in older - {name.as_posix() for name in made}:
        (folder / stale).unlink(missing_ok=True)
    for name in sorted(made, key=lambda name: name.as_posix() == MANIFEST):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (building / name).replace(folder / name)
