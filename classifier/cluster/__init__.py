"""Tables or Dask DataFrames come in, labelled sentences go out, by the workers of a Dask cluster.

Cuts tables into partitions and gives each to a worker, which does what ``batch`` does. May import ``report`` and all below.
"""
