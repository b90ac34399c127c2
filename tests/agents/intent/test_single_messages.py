"""Messages that stand by themselves, read without a model."""

import pytest

from agents.intent.offline import OfflineReader
from tests.agents.intent.corpus import SINGLE_TURNS, Case
from tests.agents.intent.reading import differences, read

CASES = [(topic, case) for topic, cases in SINGLE_TURNS.items() for case in cases]
READER = OfflineReader()


@pytest.mark.parametrize(("topic", "case"), CASES, ids=[f"{topic}: {case.message[:60]}" for topic, case in CASES])
async def test_it_is_read_as_meant(topic: str, case: Case) -> None:
    intent = await read(READER, case)

    assert differences(intent, case) == []
