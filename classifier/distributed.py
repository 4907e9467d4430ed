"""Dask DataFrames in and out: ``score_frame``, ``reject_frame``, ``tension_frame`` and what belongs to them."""

from classifier.cluster.frames import prepared, reject_frame, score_frame, score_rows, tension_frame

__all__ = ["prepared", "reject_frame", "score_frame", "score_rows", "tension_frame"]
