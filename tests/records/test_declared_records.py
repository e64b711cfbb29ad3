import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from bench import controls
from bench.records import (
    NUMBERS_VERSION,
    ControlTrial,
    Network,
    NetworkTrial,
    Protocol,
    Trial,
    TrialMetrics,
    TrialResult,
    TrialState,
)


def trial(**changes: object) -> NetworkTrial:
    fields: dict[str, object] = {
        "network": Network(architecture="paper_small", width=0.5, axes=(("a", 1),), input_shape=(8, 8, 1), n_classes=2),
        "protocol": Protocol(epochs=3),
        "dataset": "digits",
        "data_hash": "00ff",
        "split_hash": "ff00",
        "n_folds": 5,
        "fold": 1,
        "seed": 7,
    }
    return NetworkTrial.model_validate({**fields, **changes})


GOLDEN = json.loads((Path(__file__).parent / "golden_trial_keys.json").read_text())
"""Trials of published studies with the keys that are printed in their trials.csv."""


def golden_trial(stored: dict[str, Any]) -> Trial:
    """A trial of the golden file, which was written when a control that trains none was a network of its own name."""
    fields = dict(stored["trial"])
    if stored["trains_a_network"]:
        return NetworkTrial.model_validate(fields)
    network, _ = fields.pop("network"), fields.pop("protocol")
    return ControlTrial.model_validate({**fields, **{name: network[name] for name in ("input_shape", "n_classes")}})


@pytest.mark.parametrize("stored", GOLDEN, ids=lambda stored: stored["key"])
def test_a_published_trial_has_the_key_that_was_published(stored: dict[str, Any]) -> None:
    assert golden_trial(stored).key == stored["key"]


def test_the_published_keys_are_of_networks_and_of_every_kind_of_control() -> None:
    trials = [golden_trial(stored) for stored in GOLDEN]
    assert {trial.control for trial in trials} == {None, *controls.names()}
    assert {trial.control for trial in trials if isinstance(trial, ControlTrial)} == {
        control.name for control in controls.select(["*"]) if control.fit
    }


def test_a_control_that_trains_no_network_has_neither_network_nor_protocol() -> None:
    assert not {"network", "protocol"} & ControlTrial.model_fields.keys()


def test_a_trial_key_is_the_hash_of_its_canonical_json() -> None:
    later = dict.fromkeys(NetworkTrial.LATER_FIELDS, True) | {"protocol": set(Protocol.LATER_FIELDS)}
    fields = trial().model_dump(mode="json", exclude={"dataset": True, **later}) | {"numbers_version": NUMBERS_VERSION}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))

    assert trial().key == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_a_trial_that_uses_no_later_field_has_the_key_that_it_had_before_they_were() -> None:
    network = Network(
        architecture="paper_small", width=0.5, axes=(("dropout_conv", 0.25),), input_shape=(70, 70, 3), n_classes=2
    )
    changes = {"data_hash": "0123456789abcdef", "split_hash": "fedcba9876543210", "n_folds": 3}
    assert trial(network=network, protocol=Protocol(epochs=8), **changes).key == "aad84d0ab279f64f"


def test_every_field_of_a_protocol_joined_with_the_first_release_or_is_a_later_one() -> None:
    first = {"optimizer", "learning_rate", "learning_rate_decay", "momentum", "batch_size", "epochs", "loss"}
    assert set(Protocol.model_fields) - first == Protocol.LATER_FIELDS


LATER: dict[str, object] = {
    "precision": "mixed_bfloat16",
    "n_train": 50,
    "label_noise": 0.1,
    "class_balance": "oversample",
    "augment_flip": "horizontal",
    "augment_shift": 0.1,
    "augment_rotation_degrees": 5.0,
    "augment_zoom": 0.1,
    "augment_contrast": 0.1,
    "inner_share": 0.2,
}


def test_each_later_field_changes_the_key_and_survives_the_stored_json() -> None:
    protocols = [Protocol.model_validate({"epochs": 3, name: value}) for name, value in LATER.items()]
    protocols.append(Protocol(epochs=3, inner_share=0.2, epoch_choice="least_inner_loss"))
    assert set(LATER) | {"epoch_choice"} == Protocol.LATER_FIELDS
    assert len({trial().key, *(trial(protocol=protocol).key for protocol in protocols)}) == len(protocols) + 1
    assert [Protocol.model_validate_json(protocol.canonical_json) for protocol in protocols] == protocols


def test_an_epoch_chosen_without_an_inner_validation_part_is_refused() -> None:
    with pytest.raises(ValidationError, match="least_inner_loss needs an inner validation part"):
        Protocol(epoch_choice="least_inner_loss")


def test_a_field_that_protocols_gained_later_leaves_the_keys_of_older_trials_alone() -> None:
    assert trial().key == "8d101b3b59ed99dd"  # as version 0.1 of the stored records had it
    assert Protocol.model_validate_json(Protocol(epochs=3).canonical_json) == Protocol(epochs=3)


@pytest.mark.parametrize(
    "change",
    [
        {"fold": 2},
        {"seed": 8},
        {"n_folds": 4},
        {"data_hash": "00fe"},
        {"split_hash": "ff01"},
        {"control": "border_only"},
        {"backend": "abacus"},
        {"numerics": "2"},
        {"protocol": Protocol(epochs=4)},
        {"protocol": Protocol(epochs=3, precision="mixed_bfloat16")},
        {"network": Network(architecture="paper_small", width=0.25, input_shape=(8, 8, 1), n_classes=2)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_decides_the_numbers_changes_the_key(change: dict[str, object]) -> None:
    assert trial(**change).key != trial().key


def test_later_fields_of_a_trial_stand_in_the_canonical_json_that_its_key_hashes() -> None:
    changed = trial(backend="abacus", numerics="2", control="border_only")
    fields = changed.model_dump(mode="json", exclude={"dataset": True, "protocol": set(Protocol.LATER_FIELDS)})
    text = json.dumps(fields | {"numbers_version": NUMBERS_VERSION}, sort_keys=True, separators=(",", ":"))
    assert changed.key == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_the_data_sets_name_does_not_change_the_key() -> None:
    assert trial(dataset="my-digits").key == trial().key


def test_a_copy_with_another_field_has_a_key_of_its_own() -> None:
    original = trial()
    assert original.key

    copied = original.model_copy(update={"fold": 2})

    assert copied.key == trial(fold=2).key != original.key


def test_records_are_frozen() -> None:
    record: Any = trial()
    with pytest.raises(ValidationError, match="frozen"):
        record.fold = 3


def test_a_result_that_is_done_needs_metrics() -> None:
    with pytest.raises(ValueError, match="DONE result carries metrics"):
        TrialResult("k", TrialState.DONE, attempts=1)


def test_metrics_need_a_row_of_probabilities_for_each_held_out_image() -> None:
    with pytest.raises(ValueError, match="2 rows for 3 images"):
        TrialMetrics((), 1.0, 0.1, 1.0, 0.1, 1.0, np.arange(3), np.ones((2, 2), np.float32))
