"""Memories: what the caller has told for good, to be seen and erased by them alone."""

from fastapi import APIRouter

from schemas.base import Model
from schemas.memory import Memory
from server.auth import Caller
from server.routes import forms
from server.routes.services import OpenServices

router = APIRouter(prefix="/api/v1/memories", tags=["memories"])


class MemoryList(Model):
    """Everything that is remembered of the caller, last stated first."""

    memories: list[Memory]


@router.get("", operation_id="list_memories", summary="What is remembered of you")
async def list_memories(caller: Caller, services: OpenServices) -> MemoryList:
    """The caller's memories."""
    return MemoryList(memories=await services.memories.all_of(caller))


@router.delete("", operation_id="erase_memories", summary="Forget everything about you", status_code=204)
async def erase_memories(caller: Caller, services: OpenServices) -> None:
    """Nothing the caller ever told is remembered after this; conversations and orders stay as they are."""
    await services.memories.erase_all(caller)


@router.delete("/{memory_id}", operation_id="erase_memory", summary="Forget one thing", status_code=204)
async def erase_memory(memory_id: str, caller: Caller, services: OpenServices) -> None:
    """One of the caller's memories is gone after this."""
    await services.memories.erase(caller, [forms.known("memory", memory_id)])
