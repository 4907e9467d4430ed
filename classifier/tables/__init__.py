"""A file of any dialect comes in; rows, and the reasons why some are none, go out.

Encodings, delimiters, quotes, packed files, Parquet, and the compiled loops that cut plain CSV. May import ``kernel`` and
below.
"""
