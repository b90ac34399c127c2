"""``uso doctor``: everything well on the session's servers, and advice for what is not."""

import asyncio
import json

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.cli.doctor import doctor
from tests.conftest import Serve

pytestmark = pytest.mark.usefixtures("on_database")


async def findings(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, object]]]:
    code = await asyncio.to_thread(lambda: doctor(as_json=True))
    return code, {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}


async def test_all_is_well_here(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = await findings(capsys)
    assert code == 0
    assert all(finding["ok"] for finding in found.values())
    assert str(found["PostgreSQL"]["detail"]).startswith("yours, PostgreSQL ")
    assert str(found["Valkey"]["detail"]).startswith("yours, Valkey ")
    assert {"Python", "settings", "data folder", "language model", "offline reader"} <= found.keys()


async def test_servers_that_do_not_answer_come_with_advice(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/x")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    code, found = await findings(capsys)
    assert code == 1
    assert {name for name, finding in found.items() if not finding["ok"]} == {"PostgreSQL", "Valkey"}
    assert "DATABASE_URL must reach" in str(found["PostgreSQL"]["detail"])
    assert "REDIS_URL must reach" in str(found["Valkey"]["detail"])


async def test_a_data_folder_that_cannot_be_says_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USO_DATA_DIR", "/dev/null/uso")
    monkeypatch.delenv("DATABASE_URL")
    code, found = await findings(capsys)
    assert code == 1
    assert "USO_DATA_DIR" in str(found["data folder"]["detail"])
    assert "USO_DATA_DIR" in str(found["PostgreSQL and Valkey"]["detail"])


async def models(request: Request) -> Response:
    known = request.headers.get("authorization") == "Bearer good"
    return JSONResponse({"data": []}, status_code=200 if known else 401)


async def test_a_language_model_is_asked_whether_it_takes_the_key(
    serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await serve(Starlette(routes=[Route("/v1/models", models)]))
    monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
    for key, well, told in (("good", True, f"gpt-5-mini at {url}/v1"), ("bad", False, "Check OPENAI_API_KEY")):
        monkeypatch.setenv("OPENAI_API_KEY", key)
        code, found = await findings(capsys)
        assert code == (0 if well else 1)
        assert found["language model"]["ok"] is well
        assert told in str(found["language model"]["detail"])


async def test_a_language_model_that_is_not_there_costs_nothing_but_its_opinion(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    code, found = await findings(capsys)
    assert code == 1
    assert "requests are read offline" in str(found["language model"]["detail"])


async def test_people_see_marks(capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(lambda: doctor(as_json=False)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✓ Python  3.")
