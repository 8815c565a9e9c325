import subprocess
import sys

import pytest

import vcem


@pytest.mark.parametrize("name", [n for n in vcem.__all__ if not n.startswith("_")])
def test_every_name_leads_to_something_documented(name):
    found = getattr(vcem, name)
    assert callable(found)
    assert found.__doc__
    assert name in dir(vcem)


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="'vcem' has no attribute 'wrong'"):
        vcem.wrong  # noqa: B018 (its access is the test)


def test_importing_vcem_loads_neither_torch_nor_numpy():
    code = "import sys, vcem; dir(vcem); assert not {'torch', 'numpy', 'pydicom'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
