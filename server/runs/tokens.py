"""A model's words, as they come: put into the graph's own stream so that they stay in order with its steps.

A callback that asks chat models to stream and ignores everything else costs a node nothing, unlike LangGraph's
``messages`` mode, which watches every node. Models tagged ``nostream`` (LangGraph's convention; readers and judges
that do not speak to the person) are left alone.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, LLMResult
from langgraph.config import get_stream_writer
from langgraph.constants import TAG_NOSTREAM


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a message that a model is writing."""

    message_id: str
    text: str
    last: bool = False


class TokenStream(BaseCallbackHandler):
    """The callback for one run."""

    run_inline = True
    ignore_chain = True
    ignore_agent = True
    ignore_retriever = True

    def __init__(self) -> None:
        self._message_ids: dict[UUID, str] = {}
        self._silent: set[UUID] = set()

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        tags: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        """Notes whether this model speaks to the person."""
        if TAG_NOSTREAM in (tags or ()):
            self._silent.add(run_id)

    def on_llm_new_token(
        self, token: str | list[str | dict[str, Any]], *, chunk: Any = None, run_id: UUID, **kwargs: Any
    ) -> None:
        """Passes a piece of text on."""
        if isinstance(chunk, ChatGenerationChunk) and run_id not in self._silent and (text := chunk.message.text):
            message_id = self._message_ids.setdefault(run_id, chunk.message.id or str(run_id))
            get_stream_writer()(Token(message_id, text))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Ends the message."""
        self._end(run_id)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Ends the message where it broke off."""
        self._end(run_id)

    def _end(self, run_id: UUID) -> None:
        self._silent.discard(run_id)
        if message_id := self._message_ids.pop(run_id, None):
            get_stream_writer()(Token(message_id, "", last=True))

    # With these two, chat models take the handler for one that wants tokens (langchain_core.tracers._streaming).

    def tap_output_aiter(self, run_id: UUID, output: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Leaves streamed output as it is."""
        return output

    def tap_output_iter(self, run_id: UUID, output: Iterator[Any]) -> Iterator[Any]:
        """Leaves streamed output as it is."""
        return output
