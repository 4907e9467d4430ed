"""An opened table comes in; files of labelled sentences and of articles go out, whole or not at all.

Blocks of rows become columns, columns become bytes, and a journal says how far they count. May import ``tables`` and below.
"""
