"""Text without labels, or with doubtful ones, comes in; labels that a person has confirmed go out.

Annotation at the terminal, and the audit of labelled data. May import ``fit``, ``judge`` and ``data``.
"""
