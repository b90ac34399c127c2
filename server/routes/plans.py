"""The time-chain planner without chat."""

import asyncio
from typing import Any

from fastapi import APIRouter

from schemas.plan import PlanRequest
from server.auth import Caller
from tools.timechain import plan

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])


@router.post("")
async def make_plan(request: PlanRequest, caller: Caller) -> dict[str, Any]:
    """A plan that keeps every wish, or what is in conflict and the nearest changes that work."""
    return (await asyncio.to_thread(plan, request)).model_dump(mode="json")
