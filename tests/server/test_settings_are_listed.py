"""The files that explain the settings name every one of them, with the default that it has."""

import re
from pathlib import Path

from pydantic import AliasChoices

from schemas.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))


def variables() -> dict[str, str]:
    """Each variable of the environment that is read, and the setting it is for."""
    named = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        choices = [one for one in alias.choices if isinstance(one, str)] if isinstance(alias, AliasChoices) else []
        for variable in [one for one in choices if one.isupper()] or [f"USO_{name.upper()}"]:
            named[variable] = name
    return named


def test_the_example_lists_the_settings_there_are_and_no_others() -> None:
    assert EXAMPLE.keys() == variables().keys()


def test_the_example_shows_the_defaults() -> None:
    for variable, name in variables().items():
        default = Settings.model_fields[name].default
        shown = "" if default is None else str(default).removesuffix(".0")
        if isinstance(default, Path):
            shown = f"~/{default.relative_to(Path.home())}"
        assert EXAMPLE[variable] == shown, variable


def test_the_readme_names_only_settings_there_are() -> None:
    named = set(re.findall(r"`((?:USO|OPENAI|AZURE|DATABASE|REDIS)_[A-Z_]+)`", (ROOT / "README.md").read_text()))
    assert named <= variables().keys()
