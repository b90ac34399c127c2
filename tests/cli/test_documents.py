"""What the documents for newcomers say is so: every setting, every command, every option."""

import re
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import AliasChoices
from pydantic_core import PydanticUndefined
from typer.main import get_command

from schemas.settings import Settings
from server.cli import app

_ROOT = Path(__file__).parents[2]
README = (_ROOT / "README.md").read_text()
EXAMPLE = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", (_ROOT / ".env.example").read_text(), re.MULTILINE))
COMMANDS: dict[str, Any] = cast("Any", get_command(app)).commands


def variables(name: str) -> list[str]:
    """The variables a setting is read from, the usual one first."""
    alias = Settings.model_fields[name].validation_alias
    known = [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [f"USO_{name.upper()}"]
    return [variable for variable in known if variable.isupper()]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_example_names_every_setting_with_its_default(name: str) -> None:
    default = Settings.model_fields[name].default
    assert default is not PydanticUndefined
    written = EXAMPLE[variables(name)[0]].replace("~", str(Path.home()))
    if default is None:
        assert written == ""
    elif isinstance(default, float):
        assert float(written) == default
    else:
        assert written == str(default)


def test_the_example_names_nothing_else() -> None:
    assert EXAMPLE.keys() <= {variable for name in Settings.model_fields for variable in variables(name)}


def test_the_readme_has_every_command() -> None:
    rows = re.findall(r"^\| `uso (\w+)", README, re.MULTILINE)
    assert rows == ["chat", "demo", "serve", "simulate", "partners", "eval", "bench", "doctor"]
    assert set(rows) == COMMANDS.keys()
    named = next(line for line in README.splitlines() if "`uso partners" in line)
    assert all(word in named for word in COMMANDS["partners"].commands)


@pytest.mark.parametrize("command", ["chat", "serve", "simulate", "bench"])
def test_the_readme_has_every_option_of_a_command(command: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `uso {command}"))
    written = set(re.findall(r"--[a-z]+", row.split("`")[1])) | {"--help"}
    there = {name for parameter in COMMANDS[command].params for name in parameter.opts if name.startswith("--")}
    assert there - {"--help", "--json"} == written - {"--help", "--json"}
