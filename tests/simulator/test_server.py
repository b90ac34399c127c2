"""Started by hand: one line of JSON, then it serves until it is told to stop."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def test_it_prints_its_port_when_it_is_ready_and_stops_when_told() -> None:
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--port",
        "0",
        "--partners",
        "18",
        "--seed",
        "3",
        "--behaviours",
        "accept",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert ready["event"] == "ready"
            assert ready["port"] > 0
            listed = httpx.get(ready["url"]).json()
            assert (len(listed["partners"]), listed["seed"]) == (18, 3)
            assert listed["partners"][0]["manifest_url"].startswith(f"http://127.0.0.1:{ready['port']}/p/")
            assert httpx.get(listed["partners"][0]["manifest_url"]).status_code == 200
        finally:
            process.terminate()
        assert process.wait(10) in (0, -15)


@pytest.mark.parametrize("arguments", [["--partners", "0"], ["--behaviours", "rude"], ["--port", "many"]])
def test_it_refuses_arguments_it_does_not_know(arguments: list[str]) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "simulator", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 2
    assert arguments[0] in finished.stderr
