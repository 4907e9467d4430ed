"""A file that a reader saved comes in; an article, its sentences, and the actors that they name go out.

Knows nothing of labels. May import the ground only.
"""
