"""Labelled data of any format come in; tables of text, label and group go out.

Formats, columns, label schemes, near-copies, seeds. May import ``classifier``.
"""
