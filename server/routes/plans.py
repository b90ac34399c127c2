"""The time-chain planner without chat."""

import asyncio

from fastapi import APIRouter

from schemas.plan import PlanRequest, PlanResult
from server.auth import Caller
from server.routes.bounds import BoundedRoute, within_bounds
from tools.timechain import plan

router = APIRouter(prefix="/api/v1/plans", tags=["plans"], route_class=BoundedRoute)


@router.post("", operation_id="make_plan", summary="Place offers in time")
async def make_plan(request: PlanRequest, caller: Caller) -> PlanResult:
    """A plan that keeps every wish, or what is in conflict and the nearest changes that work."""
    within_bounds(request, request.now)
    return await asyncio.to_thread(plan, request)
