from dataclasses import replace

import pytest

from bench.analyse.analysis import analyse_study
from bench.analyse.estimates.insufficient import NotComputed
from bench.analyse.estimates.intervals import Interval
from bench.analyse.export_choice import BetterControl, choose
from bench.analyse.predictions.calibration import Calibration, Measured
from bench.pages.model_card import CardData, card_metadata, caveats, model_card
from bench.records import Protocol
from bench.render.markdown import markdown
from bench.store import Store
from bench.study.study_data import StudyData
from tests.store.planted import SMALL

MEASURED = Measured(0.934, (0.95, 0.9), 1.25, (0.4, 0.3), (0.06, 0.02), 12)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> CardData:
    with Store.open_existing(SMALL.write(tmp_path_factory.mktemp("study"))) as store:
        analysis = analyse_study(StudyData.read(store))
    return CardData(
        study=analysis.study,
        chosen=choose(analysis, "paper_small x0.5"),
        caveats=(),
        accuracy=Interval(0.875, 0.8, 0.925),
        calibration=Calibration(1.5, 0.9, 0.95, 1, MEASURED),
        input_shape=(70, 70, 3),
        protocol=Protocol(epochs=3),
        seeds=(0,),
        n_folds=5,
        n_study_seeds=2,
        train_accuracies=(0.98,),
        audit=None,
    )


def text(card: CardData) -> str:
    return markdown(model_card(card))


def test_the_metadata_hold_value_interval_and_source(card: CardData) -> None:
    (entry,) = card_metadata(card)["model-index"]
    (result,) = entry["results"]
    assert result["metrics"][0]["value"] == 0.875
    assert result["metrics"][0]["args"] == {"level": 0.95, "low": 0.8, "high": 0.925}
    assert result["source"]["name"] == "study widths-lungs: 5-fold cross-validation and 2 seeds"


def test_without_an_interval_the_card_says_why_and_the_metadata_have_no_value(card: CardData) -> None:
    without = replace(card, accuracy=NotComputed("there is 1 fold"))
    (entry,) = card_metadata(without)["model-index"]
    assert "value" not in entry["results"][0]["metrics"][0]
    assert "There is no estimate with an interval: there is 1 fold." in text(without)


def test_the_card_tells_networks_from_ensembles(card: CardData) -> None:
    assert "It is the accuracy of single networks that were trained on 4 of 5 folds. This model" in text(card)
    three = replace(
        card, seeds=(0, 1, 2), train_accuracies=(0.9, 0.91, 0.92), calibration=replace(card.calibration, n_members=2)
    )
    said = text(three)
    assert "An ensemble of 3 networks, whose probabilities are averaged, of 1,000 parameters each" in said
    assert "of ensembles of 2 networks that were trained on 4 of 5 folds. This model averages 3 networks." in said
    assert "its accuracy is 0.900, 0.910 and 0.920" in said
    assert "Temperature and sets were fitted on ensembles of 2 networks. The mean of 3 networks is less" in said
    assert "were fitted on" not in text(card)


def test_measured_numbers_are_in_the_card(card: CardData) -> None:
    said = text(card)
    assert "0.875 [0.800, 0.925]" in said
    assert "Temperature 1.500" in said
    assert "log loss from 0.400 to 0.300" in said
    assert "93.4% of sets, with 1.25 classes on average" in said
    assert "| PNEUMONIA" in said
    assert "90.0%" in said


def test_caveats_name_obstacles_and_better_controls(card: CardData) -> None:
    better = replace(card.chosen, better_controls=(BetterControl("pixel_logistic", 0.9, 0.875),))
    assert list(caveats(better, card.study)) == [
        "The control pixel_logistic is more accurate than paper_small ×0.5: 0.900 against 0.875."
    ]
    assert not better.is_advised
    assert list(caveats(card.chosen, card.study)) == []


@pytest.mark.parametrize(("precision", "said"), [("float32", False), ("mixed_bfloat16", True)])
def test_another_precision_of_training_is_said(card: CardData, precision: str, said: bool) -> None:
    protocol = Protocol.model_validate({"epochs": 3, "precision": precision})
    assert ("The exported graphs compute in float32" in text(replace(card, protocol=protocol))) is said
