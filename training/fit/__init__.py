"""Labelled sentences come in; a calibrated model goes out.

Counts of features, cross-validation, the search for C, the learning curve. May import ``judge`` and ``data``.
"""
