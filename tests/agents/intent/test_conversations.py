"""Messages in a conversation, read without a model."""

import pytest

from agents.intent.offline import OfflineReader
from tests.agents.intent.conversations import CONVERSATIONS, Reply
from tests.agents.intent.reading import differences, read_reply

CASES = [(topic, said) for topic, replies in CONVERSATIONS.items() for said in replies]
READER = OfflineReader()


@pytest.mark.parametrize(("topic", "said"), CASES, ids=[f"{topic}: {said.message[:60]}" for topic, said in CASES])
async def test_it_is_read_as_meant(topic: str, said: Reply) -> None:
    intent = await read_reply(READER, said)

    assert differences(intent, said) == []
