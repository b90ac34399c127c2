"""How commands end: one sentence and an exit code for everything that is expected to go wrong."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from schemas.errors import UnavailableError
from server.cli import app
from server.cli.ending import CommandError, ended, read_settings


def failing(error: BaseException) -> Callable[[], int]:
    def command() -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (CommandError("Do this."), 1, "Do this.\n"),
        (CommandError("Say it so.", code=2), 2, "Say it so.\n"),
        (UnavailableError("The database does not answer."), 1, "The database does not answer.\n"),
        (PermissionError(13, "Permission denied", "/data"), 1, "/data: Permission denied\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_is_expected_ends_in_a_sentence(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, sentence: str
) -> None:
    assert ended(failing(error)) == code
    assert capsys.readouterr() == ("", sentence)


def test_what_is_not_expected_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        ended(failing(ZeroDivisionError()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("USO_PARTNER_TIMEOUT", "soon"),
        ("USO_ZONE", "Mars/Olympus"),
        ("USO_ZONE", "../etc/passwd"),
        ("USO_HOME", "Home"),
        ("USO_HOME", "Home|north|west"),
        ("USO_HOME", "Home|99|0"),
        ("USO_LOG_LEVEL", "loud"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgresql://localhost:abc/x"),
        ("REDIS_URL", "localhost"),
    ],
)
@pytest.mark.usefixtures("environment")
def test_a_setting_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CommandError, match=f"(?m)^{name}: ") as caught:
        read_settings()
    assert caught.value.code == 2


@pytest.mark.usefixtures("environment")
def test_an_empty_setting_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("USO_ZONE", "")
    assert read_settings().embedded
    assert read_settings().zone == "America/Chicago"


@pytest.mark.usefixtures("environment")
def test_the_data_folder_may_start_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USO_DATA_DIR", "~/uso")
    monkeypatch.setenv("HOME", "/home/anna")
    assert str(read_settings().data_dir) == "/home/anna/uso"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["chat", "--nonsense"], "No such option: --nonsense"),
        (["serve", "--port", "99999"], "--port"),
        (["serve", "--config", "/nowhere.json"], "/nowhere.json"),
        (["simulate", "--behaviours", "odd"], "'mixed', 'accept'"),
        (["bench", "odd"], "'overhead', 'turns'"),
        (["partners", "add"], "URL"),
        (["chat", "", "--json"], "Say what you want"),
    ],
)
@pytest.mark.usefixtures("environment")
def test_wrong_options_are_bad_usage(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", "").split())
    assert result.stdout == ""


@pytest.mark.usefixtures("environment")
def test_doctor_names_a_wrong_setting_among_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USO_HOME", "Home")
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 1
    found = {finding["name"]: finding for finding in json.loads(result.stdout)}
    assert not found["settings"]["ok"]
    assert "USO_HOME" in found["settings"]["detail"]
