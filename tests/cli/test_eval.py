"""``uso eval`` as a script meets it: what it prints, what it leaves behind, how it ends."""

import asyncio
import json
import os
import signal
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from evals.harness.baseline import Baseline, Mark
from tests.cli.conftest import USO, Uso

SUMS = "tests.evals.harness.sums:Sums"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def ours(environment: dict[str, str]) -> dict[str, str]:
    """Suites of the tests can be loaded."""
    return {"PYTHONPATH": str(ROOT)}


async def test_json_is_one_line_with_the_suites_figures(uso: Uso, ours: dict[str, str], tmp_path: Path) -> None:
    ended = await uso("eval", SUMS, "--json", "--out", str(tmp_path), "--baselines", str(tmp_path), env=ours)

    assert ended.code == 0, ended.err
    [line] = ended.out.splitlines()
    figures = json.loads(line)
    assert (figures["suite"], figures["n"], figures["pass_1"]) == ("sums", 4, 0.75)
    assert figures["plain"]["accuracy"] == 1.0
    assert {file.name for file in tmp_path.iterdir()} == {"sums.json", "sums.html"}


async def test_a_fall_below_the_baseline_fails_and_is_named(uso: Uso, ours: dict[str, str], tmp_path: Path) -> None:
    Baseline(metrics={"pass_1": Mark(value=1.0)}).write(tmp_path / "sums.json")

    ended = await uso("eval", SUMS, "--out", str(tmp_path / "out"), "--baselines", str(tmp_path), env=ours)

    assert ended.code == 1
    assert "sums: pass_1 fell to 0.7500" in ended.err
    assert "plain.accuracy" in ended.out


async def test_an_updated_baseline_is_kept_to(uso: Uso, ours: dict[str, str], tmp_path: Path) -> None:
    given = ("eval", SUMS, "--out", str(tmp_path / "out"), "--baselines", str(tmp_path))
    Baseline(metrics={"pass_1": Mark(value=1.0)}).write(tmp_path / "sums.json")

    updated = await uso(*given, "--update-baseline", env=ours)
    again = await uso(*given, env=ours)

    assert (updated.code, again.code) == (0, 0)


async def test_without_a_folder_the_report_goes_to_the_data_folder(
    uso: Uso, ours: dict[str, str], tmp_path: Path
) -> None:
    env = {**ours, "USO_DATA_DIR": str(tmp_path)}
    ended = await uso("eval", SUMS, "--baselines", str(tmp_path), env=env)

    assert ended.code == 0, ended.err
    assert len(list((tmp_path / "evals").glob("*/sums.html"))) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing",), "There is no suite 'nothing'"),
        ((SUMS, "--only", "("), "not a regular expression"),
        ((SUMS, "--tag", "minus"), "carry, plain"),
        ((SUMS, "--limit", "1", "--update-baseline"), "leave out --only"),
    ],
)
async def test_bad_usage_is_told_in_a_sentence(
    uso: Uso, ours: dict[str, str], tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    ended = await uso("eval", *arguments, "--out", str(tmp_path), "--baselines", str(tmp_path), env=ours)

    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


async def test_ctrl_c_keeps_what_was_done(ours: dict[str, str], tmp_path: Path) -> None:
    endless = "tests.evals.harness.sums:Endless"
    process = await asyncio.create_subprocess_exec(
        *(USO, "eval", endless, "--json", "--out", str(tmp_path), "--baselines", str(tmp_path)),
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, **ours, "FORCE_COLOR": "1"},
        cwd=tmp_path,
    )
    assert process.stderr is not None
    async with asyncio.timeout(30):
        drawn = b""
        while b"2/4" not in drawn and not process.stderr.at_eof():
            drawn += await process.stderr.read(4096)
        process.send_signal(signal.SIGINT)
        out, _ = await process.communicate()

    assert process.returncode == 130
    figures = json.loads(out)
    assert (figures["n"], figures["interrupted"]) == (2, True)
    assert (tmp_path / "sums.html").exists()
