"""Many sentences as one run of bytes come in; logits and deciding words go out, by compiled loops where Numba is installed.

Says the rules of ``model`` again over numbers, and is held to the same figures by tests. May import ``model`` and below.
"""
