"""The scout: finds offers for every need, looks further when nothing fits, and shows the few worth choosing from.

Finding is a tool (``tools.offers``); this is the judgement round it: which words to drop when there is nothing, and
which offers make a good shortlist.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from memory.database import Database
from schemas.intent import Need
from schemas.offer import Offer, ScoutedNeed
from schemas.place import Place
from schemas.principal import Principal
from schemas.settings import Settings
from tools.http import PartnerHttp
from tools.offers import Findings, find_offers, keeps

SHORTLIST = 8
_LESSER = 2.0
"""Of the fit, times the square of the share by which the price lies below the usual: a tenth below is a good price, a
half below is something else."""
_TELLING = 4
"""So many prices tell what is usual; with fewer the lowest is as good a guess."""
_ALIKE = 0.8
"""Of the best fit found so far: what other partners have must fit as well to be offered instead."""

Progress = Callable[[str, dict[str, Any], Any], None]
"""Told of each tool that was used: its name, its arguments and a short result."""


async def scout(
    needs: Sequence[Need],
    *,
    database: Database,
    http: PartnerHttp,
    principal: Principal,
    settings: Settings,
    home: Place | None,
    now: datetime,
    skip_partners: Collection[str] = (),
    language: str = "en",
    progress: Progress | None = None,
) -> list[ScoutedNeed]:
    """Live offers for each need, in the order of the needs; at most ``SHORTLIST`` each, best first.

    A need for which nobody has anything at the wished time is looked for again among partners not yet asked, in the
    same words. If there are such things at other times only, those are kept, so that the nearest time can be
    proposed instead of something else. If there are none at all, it is looked for less the particulars, then as its
    capability alone. Partners to skip are not asked. Words of another ``language`` than the catalogue's, which is
    English, tell nothing of its products: there the kind and the slots do.
    """
    found = {need.id: ScoutedNeed(need=need) for need in needs}
    asked = frozenset(skip_partners)
    for words, only_if_none in _SEARCHES if language == "en" else _SEARCHES_BY_KIND:
        unserved = [need for need in needs if not (found[need.id].offers if only_if_none else _kept(found[need.id]))]
        wider = [changed for need in unserved if (changed := words(need)) is not None]
        if not wider:
            break
        findings = await find_offers(
            database, http, principal, wider, home=home, now=now, currency=settings.currency, skip_partners=asked
        )
        if progress is not None and findings.asked:
            _tell(progress, wider, findings)
        asked |= findings.asked
        for result in findings.scouted:
            before = found[result.need.id]
            least = _ALIKE * max((offer.match for offer in before.offers), default=0.0)
            before.offers.extend(offer for offer in result.offers if offer.match >= least)
            before.failures.extend(result.failures)
    return [found[need.id].model_copy(update={"offers": shortlist(found[need.id].offers, need)}) for need in needs]


def _as_said(need: Need) -> Need:
    return need


def _without_particulars(need: Need) -> Need:
    return need.model_copy(update={"slots": {}})


def _of_kind(need: Need) -> Need | None:
    """What the slots say of the kind; only where we know what kind that is."""
    if need.capability_id is None:
        return None
    return need.model_copy(update={"query": need.capability_id.replace(".", " ").replace("_", " ")})


def _capability_alone(need: Need) -> Need | None:
    """Anything of the kind."""
    kind = _of_kind(need)
    return None if kind is None else _without_particulars(kind)


_Searches = tuple[tuple[Callable[[Need], Need | None], bool], ...]
"""How to ask, one after the other, and whether only for needs that nobody serves at any time."""
_SEARCHES: _Searches = (
    (_as_said, False),
    (_as_said, False),
    (_without_particulars, True),
    (_capability_alone, True),
)
_SEARCHES_BY_KIND: _Searches = ((_of_kind, False), (_of_kind, False), (_capability_alone, True))


def _kept(found: ScoutedNeed) -> bool:
    """Whether something was found at the wished time."""
    return any(keeps(offer, found.need.timing) for offer in found.offers)


def shortlist(offers: Sequence[Offer], need: Need, most: int = SHORTLIST) -> list[Offer]:
    """The best offers, best first; the cheapest is always among them; those that keep the need's times and budget lead.

    How well it fits counts most, then the price against the usual one, then the rating. Far below the usual price
    stands a smaller thing of the same name ("children's haircut"), so there a low price counts against the fit,
    unless cheaper is what was asked for. A partner's second and third offers wait behind other partners' first.
    """
    if not offers:
        return []
    cheapest = min(offers, key=lambda offer: (offer.price.amount, -offer.match))
    prices = [offer.price.amount for offer in offers]
    usual = max(1, median(prices) if len(prices) >= _TELLING else min(prices))
    lesser = 0.0 if need.cheaper_than else _LESSER

    def fit(offer: Offer) -> float:
        return max(0.0, offer.match - lesser * max(0.0, 1 - offer.price.amount / usual) ** 2)

    def worth(offer: Offer) -> float:
        dearness = min(2.0, max(0.0, offer.price.amount / usual - 1))
        return fit(offer) - 0.15 * dearness + ((offer.rating or 3.5) - 3.5) / 10

    def amiss(offer: Offer) -> bool:
        budget = need.budget
        dear = budget is not None and budget.currency == offer.price.currency and offer.price > budget
        return dear or not keeps(offer, need.timing)

    ranked: list[tuple[bool, float, Offer]] = []
    seen: dict[str, int] = {}
    for offer in sorted(offers, key=worth, reverse=True):
        turn = seen[offer.partner_id] = seen.get(offer.partner_id, -1) + 1
        ranked.append((amiss(offer), -(worth(offer) - 0.1 * turn), offer))
    best = [offer for _, _, offer in sorted(ranked, key=lambda entry: entry[:2])[:most]]
    chosen = best if cheapest in best else [*best[:-1], cheapest]
    return [offer.model_copy(update={"match": fit(offer)}) for offer in chosen]


def summary(found: Sequence[ScoutedNeed]) -> str:
    """One line for a person: how much was found, and what went wrong."""
    offers = [offer for result in found for offer in result.offers]
    failed = {failure.partner_id for result in found for failure in result.failures}
    text = f"{_count(len(offers), 'offer')} from {_count(len({offer.partner_id for offer in offers}), 'partner')}"
    return f"{text}; {_count(len(failed), 'partner')} did not answer well" if failed else text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _tell(progress: Progress, needs: Sequence[Need], findings: Findings) -> None:
    progress(
        "search_catalogue",
        {"needs": {need.id: need.query or need.text for need in needs}},
        {"partners": len(findings.asked)},
    )
    failures = {failure.partner_name: failure.reason for result in findings.scouted for failure in result.failures}
    progress(
        "ask_partners",
        {"partners": sorted(findings.asked)},
        {"offers": {result.need.id: len(result.offers) for result in findings.scouted}, "failures": failures},
    )
