"""DataFrames and strings in, labelled sentences and articles out: what a notebook calls.

A frame's rows go the way of ``batch``, in this process. May import ``batch`` and below; pandas and polars only when one is given.
"""
