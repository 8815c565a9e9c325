"""A toy store with three folds."""

import pytest

from toy_recipes import three_folds


@pytest.fixture
def store(toy_store_of):
    """12 pairs of 3 patients at 16 x 16."""
    return toy_store_of(size=16)


@pytest.fixture
def folds(store):
    """Each patient tested once; the file lies in the prepared folder."""
    return three_folds(store)
