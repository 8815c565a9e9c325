"""A prepared folder, a fold of it, predictions and a finished run."""

from fold_fixtures import folds, predictions, run_dir, store

__all__ = ["folds", "predictions", "run_dir", "store"]
