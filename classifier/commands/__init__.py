"""The commands of ``stance`` that run on new text: arguments come in, results go to standard output or files.

One module a command, with its arguments and what it prints; the work lies in the rooms below. May import every room of
``classifier``; what is heavy is imported when a command runs.
"""
