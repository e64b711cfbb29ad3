"""The search for near duplicates.

thresholds       every threshold and size of the search
descriptors      what thumbnails are compared by
whitening        removes what the pictures of a set have in common
quantiser        which pictures are compared in a large set
candidate_pairs  which pictures may be near duplicates
alignment        lays one picture over another
search           the whole search, composed of these
"""
