"""Loads NumPy so that it runs at the processor's speed: the right kernels, and memory used again.

OpenBLAS, which NumPy brings along, chooses its kernels once, when it is loaded, by the processor's
model number. On AMD's newer ones it does not know every number and then computes with the kernels
for AVX2, at about half the speed. A variable of the environment names better ones; it is set for
the moment of loading only, so neither the user's environment nor other programs see it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

#: The variable by which OpenBLAS lets itself be told, and the kernels that AVX-512 can run.
VARIABLE, WIDE = "OPENBLAS_CORETYPE", "SkylakeX"

#: What those kernels use, as Linux calls it.
NEEDED = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


def cpu() -> str:
    """Return what Linux tells of the processors; "" on other systems."""
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def has_avx512(cpu: str) -> bool:
    """Return whether a processor can run the kernels, from the text of /proc/cpuinfo."""
    return set(cpu.split()) >= NEEDED


def load_numpy() -> None:
    """Import NumPy, telling OpenBLAS of AVX-512 on AMD's processors.

    Does nothing if NumPy is there already, or if the user has named kernels. Others than AMD's
    are left to OpenBLAS, which knows them.
    """
    if "numpy" in sys.modules or VARIABLE in os.environ:
        return
    told = cpu()
    if "AuthenticAMD" not in told or not has_avx512(told):
        return
    os.environ[VARIABLE] = WIDE
    try:
        import numpy  # noqa: F401 - loaded here for its effect
    finally:
        del os.environ[VARIABLE]


def keep_freed_memory() -> None:
    """Let the C library keep what freed arrays leave, up to 64 MB, for the next ones.

    By default glibc gives it back to the system at every step of training and is given it anew,
    page by page: a tenth of a LeNet's time. Once a block of just below 32 MB was freed it no
    longer does (mallopt(3), M_MMAP_THRESHOLD). The block is never written to and costs nothing.
    """
    import numpy as np

    np.empty(32 * 1024 * 1024 - 65536, dtype=np.uint8)


load_numpy()
keep_freed_memory()
