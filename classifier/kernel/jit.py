"""How every loop is compiled: kept on disk for the next process, and without Python's lock, so that threads run side by side."""

from numba import njit

compiled = njit(cache=True, nogil=True)
