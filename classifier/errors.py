"""The one exception for what a user can put right."""


class StanceError(Exception):
    """Wrong usage or unusable input: one sentence that says what is wrong, where, and what to do.

    The command line prints it and exits with 2. Every other exception is a bug.
    """
