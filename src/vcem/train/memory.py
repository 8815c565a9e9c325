"""Memory that a training gives back to the system between two steps only to ask for it again, and that is cleared anew.

Clearing pages takes as long as the products that are written into them, so the C library is told to keep them.
"""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # malloc.h of the GNU C library
LARGEST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Have this process keep the memory that it frees; return False where the C library knows no such thing."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_MAX, 0)) and bool(mallopt(M_TRIM_THRESHOLD, LARGEST))
