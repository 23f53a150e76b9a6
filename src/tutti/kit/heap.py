"""Python's cyclic garbage collector, told what a server knows: what is there after the start stays."""

import gc

_YOUNGEST = 10_000
"""So many new containers before a collection, instead of 700: a batch of a scan, or a page, is over before."""


def settle_heap() -> None:
    """Leave all that is there out of every collection from now on; for a process that has just started.

    A full collection went through hundreds of thousands of objects of modules and mappings, for tens of milliseconds,
    with every thread waiting; a scan of ten thousand files had a dozen of them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNGEST, *gc.get_threshold()[1:])
