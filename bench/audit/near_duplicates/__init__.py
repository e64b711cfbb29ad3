"""The search for near duplicates: descriptors, candidates, alignment."""
