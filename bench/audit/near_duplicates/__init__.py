"""The search for near duplicates.

thresholds       every threshold and size of the search
descriptors      descriptors of thumbnails: fine structure, without brightness and contrast
whitening        removes the structure that the pictures of a set have in common
quantiser        selects the pictures that are compared in a large set
candidate_pairs  finds the pairs that may be near duplicates
alignment        aligns one picture with another by shift and scale
prints           what an exported model needs to find near duplicates of its training images
search           the whole search; composes the modules above
"""
