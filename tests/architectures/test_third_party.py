import re
import subprocess
import sys
from pathlib import Path

import pytest

import architectures
from architectures import ArchitectureError, registry

PAGE = Path(__file__).parents[2] / "docs" / "third-party-architectures.md"


def install(site: Path, entry_points: str, module: str) -> None:
    """What an installer leaves of a package ``my_networks`` in a site folder."""
    (site / "my_networks.py").write_text(module)
    metadata = site / "my_networks-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my-networks\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(entry_points)


def documented(language: str) -> str:
    (block,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert isinstance(block, str)
    return block


def test_the_documented_example_registers_builds_and_sizes_from_a_package_of_its_own(tmp_path: Path) -> None:
    module = documented("python")
    entry_points = documented("toml").replace('[project.entry-points."', "[").replace('"]', "]").replace('"', "")
    install(tmp_path, entry_points, module)
    script = (
        f"import sys; sys.path.append({str(tmp_path)!r})\n"
        "import architectures\n"
        "from architectures import sizing\n"
        "architecture = architectures.get('one_hidden_layer')\n"
        "print(architecture.build((28, 28, 1), 10, width=0.5).count_params())\n"
        "print(sizing.nearest_width(architecture, 25450, (28, 28, 1), 10))\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert len([line for line in module.splitlines() if line]) <= 10
    # 28 * 28 pixels to half of 64 units, those to 10 classes, a bias for each.
    assert ran.stdout.splitlines() == ["25450", "Sizing(width=0.5, n_params=25450, residual=0)"]


@pytest.fixture
def fresh_look_up(own_registry: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site folder whose entry points the next look-up reads."""
    monkeypatch.syspath_prepend(tmp_path)
    registry._load_entry_points.cache_clear()
    monkeypatch.delitem(sys.modules, "my_networks", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("import a_module_that_nobody_has", "ModuleNotFoundError: No module named 'a_module_that_nobody_has'"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        *(
            (
                "from architectures import register\n"
                f"@register(source='x', min_input={min_input})\n"
                "def half_way(input_shape, n_classes): ...\n",
                "ArchitectureError: min_input is the smallest .* half_way of my_networks has ",
            )
            for min_input in ("'zz'", "7", "(1,)", "(0, 1)", "(1.5, 2)", "None")
        ),
        (
            "from architectures import register\n"
            "@register(source='x', min_input=(1, 1))\n"
            "def half_way(input_shape, n_classes): ...\n"
            "@register(source='x', min_input=(1, 1))\n"
            "def paper_small(input_shape, n_classes): ...\n",
            "DuplicateNameError: .* paper_small of my_networks is already that of architectures.paper",
        ),
    ],
)
def test_a_package_that_cannot_be_loaded_is_named_at_every_look_up_and_registers_nothing(
    fresh_look_up: Path, module: str, reason: str
) -> None:
    install(fresh_look_up, "[param_scaling_bench.architectures]\nnets = my_networks\n", module)

    for _ in range(2):
        with pytest.raises(ArchitectureError, match=rf"nets of my-networks \(my_networks\) raised {reason}"):
            architectures.names()
    assert "half_way" not in registry._REGISTRY
