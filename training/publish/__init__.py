"""A trained model comes in; its file, card, description and copies for other tools go out.

May import ``fit``, ``judge`` and ``data``.
"""
