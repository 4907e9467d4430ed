"""A model and labelled sentences come in; how right it is goes out, with intervals.

Figures, comparisons of two models, behavioural tests, agreement, and how they are shown. May import ``data``.
"""
