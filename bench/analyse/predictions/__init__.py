"""Held-out predictions: pooled, their metrics, confusion counts."""
