import hashlib
import re

from bench.render.html.scripts import VENDORED, licences, page_scripts, vendored_bytes


def test_the_vendored_scripts_are_those_that_npm_ships() -> None:
    for each in VENDORED:
        assert hashlib.sha256(vendored_bytes(each)).hexdigest() == each.sha256, each.package


def test_every_vendored_script_has_its_licence() -> None:
    text = " ".join(licences().split())
    for each in VENDORED:
        assert f"{each.package} {each.version}" in text
    assert "Redistribution and use in source and binary forms" in text


def test_no_script_ends_its_element_or_names_another_file() -> None:
    for script in page_scripts():
        assert not re.search(r"</script|<!--", script, re.IGNORECASE)
        assert "sourceMappingURL" not in script
