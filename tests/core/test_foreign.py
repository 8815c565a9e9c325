import errno
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from vcem.core.errors import FailureError, UsageError
from vcem.core.foreign import message_of, no_memory, told


@pytest.mark.parametrize(
    ("number", "kind", "part"),
    [
        (errno.ENOSPC, FailureError, "same command"),
        (errno.EDQUOT, FailureError, "same command"),
        (errno.EACCES, FailureError, "open to this user"),
        (errno.EROFS, FailureError, "open to this user"),
        (errno.EIO, FailureError, "Input/output error"),
        (errno.ENOTDIR, UsageError, "a part of that path is a file"),
        (errno.ENAMETOOLONG, UsageError, "255 bytes"),
        (errno.ENOENT, UsageError, "that is there"),
    ],
)
def test_the_system_speaks_in_our_words(number, kind, part):
    message = message_of(OSError(number, os.strerror(number), "/x/y.npy"))
    assert type(message) is kind
    assert message.found.startswith(("/x/y.npy", "The disk is full: /x/y.npy"))
    assert part in str(message)


def test_a_long_name_is_shortened():
    assert len(message_of(OSError(errno.ENAMETOOLONG, "File name too long", "n" * 900)).found) < 300


def test_memory_that_ran_out_is_known_from_each_library():
    with pytest.raises(MemoryError) as numpys:
        np.empty(2**55)
    with pytest.raises(RuntimeError) as torchs:
        torch.empty(2**60)
    for error in (numpys.value, torchs.value, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")):
        assert no_memory(error)
        assert "--jobs" in message_of(error).remedy


def test_a_package_that_is_not_there_is_named():
    message = message_of(ModuleNotFoundError("No module named 'onnx'", name="onnx.helper"))
    assert (message.expected, message.remedy) == ("onnx", "pip install 'vcem[onnx]'")


def test_a_fault_of_the_program_keeps_its_traceback():
    for error in (
        ValueError("x"),
        KeyError("x"),
        ImportError("cannot import name", name="vcem.core"),
        BrokenPipeError(),
    ):
        assert message_of(error) is None
    with pytest.raises(ZeroDivisionError), told(Path("x")):
        raise ZeroDivisionError
