from tests.cli.command_line import Refused


def test_a_folder_without_a_study_is_refused(refused: Refused) -> None:
    assert "nowhere does not" in refused("determinism", "nowhere")
