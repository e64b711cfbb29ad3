import pandas as pd

from bench.analyse.estimates.blocks import block_matrix, complete_blocks


def test_a_block_is_a_seed_and_a_fold_and_complete_where_every_entry_is_done() -> None:
    done = pd.DataFrame(
        {
            "seed": [0, 0, 1, 1, 0],
            "fold": [0, 0, 0, 0, 1],
            "entry": [0, 1, 0, 1, 0],
            "val_accuracy": [0.1, 0.2, 0.3, 0.4, 0.5],
        }
    )
    matrix = block_matrix(done, "val_accuracy")
    assert matrix.index.tolist() == [(0, 0), (0, 1), (1, 0)]
    assert complete_blocks(matrix, [1, 0]).tolist() == [[0.2, 0.1], [0.4, 0.3]]
