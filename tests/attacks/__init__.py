"""Campaigns that attack the program: many more cases than the test suite has time for."""
