"""The scout without chat: needs in, ranked live offers out."""

from fastapi import APIRouter
from pydantic import Field, field_validator

from agents.scout import scout
from cards.offers import offers
from schemas.base import Model
from schemas.intent import Need
from schemas.offer import ScoutedNeed
from schemas.place import Place
from schemas.presentation import Presentation
from server.auth import Caller
from server.routes.bounds import BoundedRoute, within_bounds
from server.routes.services import OpenServices

router = APIRouter(prefix="/api/v1/offers", tags=["offers"], route_class=BoundedRoute)

_LONGEST_NEED = 4000


class OfferSearch(Model):
    """What to find offers for."""

    needs: list[Need] = Field(min_length=1, max_length=12)
    home: Place | None = Field(
        default=None, description="where deliveries go by default; the settings' home if left out"
    )

    @field_validator("needs")
    @classmethod
    def _distinct_and_brief(cls, needs: list[Need]) -> list[Need]:
        if len({need.id for need in needs}) < len(needs):
            raise ValueError("each need must have an id of its own")
        if any(len(need.model_dump_json()) > _LONGEST_NEED for need in needs):
            raise ValueError(f"a need may have {_LONGEST_NEED} characters at most, all its words together")
        return needs


class OffersFound(Model):
    """Each need with its offers."""

    needs: list[ScoutedNeed] = Field(description="in the order they were sent")
    presentations: list[Presentation] = Field(description="the same to show: text, card and JSON-LD, one a need")


@router.post("/search", operation_id="search_offers", summary="Live offers for each need")
async def search_offers(search: OfferSearch, caller: Caller, services: OpenServices) -> OffersFound:
    """For each need the live offers, best first, and the partners that did not answer."""
    now = services.clock()
    within_bounds(search, now)
    home = search.home or services.home
    found = await scout(
        search.needs,
        database=services.database,
        http=services.http,
        principal=caller,
        settings=services.settings,
        home=home,
        now=now,
    )
    shown = [offers(one.need, one.offers, home=home) for one in found]
    return OffersFound(needs=found, presentations=shown)
