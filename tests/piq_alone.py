"""piq without torchvision, of which no build for the CPU build of torch exists.

piq's feature-based metrics take their networks from torchvision while piq is imported; `vif_p` and `ssim`, the peers
of the tests and of a benchmark, do not use it. So stand-ins are there while piq is imported, and no longer.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType

STAND_INS = ("torchvision", "torchvision.models")


class _AnyClass(type):
    """A class with any attribute, each such a class again."""

    def __getattr__(cls, name):
        return _any(name)


def _any(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _AnyClass(name, (), {})


def load_piq() -> ModuleType:
    """Import piq with stand-ins for torchvision, unless it is there already."""
    if "piq" in sys.modules:
        return sys.modules["piq"]
    before = {name: sys.modules.get(name) for name in STAND_INS}
    for name in STAND_INS:
        module = ModuleType(name)
        module.__path__ = []
        module.__spec__ = ModuleSpec(name, None)
        module.__getattr__ = _any
        sys.modules[name] = module
    try:
        return import_module("piq")
    finally:
        for name, module in before.items():
            sys.modules.pop(name)
            if module is not None:
                sys.modules[name] = module
