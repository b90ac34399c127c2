"""The scout without chat: needs in, ranked live offers out."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from agents.scout import scout
from schemas.base import Model
from schemas.intent import Need
from schemas.place import Place
from server.auth import Caller
from server.routes.services import OpenServices

router = APIRouter(prefix="/api/v1/offers", tags=["offers"])


class OfferSearch(Model):
    """What to find offers for."""

    needs: list[Need] = Field(min_length=1, max_length=12)
    home: Place | None = Field(
        default=None, description="where deliveries go by default; the settings' home if left out"
    )


@router.post("/search")
async def search_offers(search: OfferSearch, caller: Caller, services: OpenServices) -> dict[str, Any]:
    """For each need the live offers, best first, and the partners that did not answer."""
    found = await scout(
        search.needs,
        database=services.database,
        http=services.http,
        principal=caller,
        settings=services.settings,
        home=search.home or services.home,
        now=services.clock(),
    )
    return {"needs": [result.model_dump(mode="json") for result in found]}
