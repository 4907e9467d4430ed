"""Labelled sentences or scored articles come in; pages to look at and tables in the terminal go out.

Holds the templates and all that is worked out for them: series, changes, peaks, charts. May import ``batch`` and all below.
"""
