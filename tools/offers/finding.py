"""From needs to live offers: the catalogue says whom to ask, the partners say what it costs and when.

One statement searches the catalogue for all needs; then every chosen partner is asked once for all its products, all
partners in parallel. A partner that is dead, slow or lying costs its own offers and is named; it never costs the
answer, nor much of its time: once most have answered, the slow ones are not waited for.
"""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from pgvector import HalfVector

from memory import catalogue_search
from memory.catalogue_search import CatalogueQuery, Hit
from memory.database import Database
from schemas.errors import AddressRefusedError, PartnerError
from schemas.intent import Need
from schemas.offer import Offer, PartnerFailure, ScoutedNeed
from schemas.partner import Partner
from schemas.place import Place
from schemas.principal import Principal
from tools.directory import Directory, directory
from tools.http import PartnerHttp
from tools.offers.times import windows_to_ask, within
from tools.ucp import Booking, Quote, lookup

_PARTNERS = 3
_PRODUCTS = 3
_MOST = 2 / 3
_GRACE = 0.25
"""When most have answered, the others get as long again, but at least so many seconds."""
_UNKNOWN_MATCH = 0.6
"""When no capability is known anything in the catalogue is a candidate; below this it is not what was asked for."""


_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found for each need, in the order of the needs, and the ids of the partners that were asked."""

    scouted: list[ScoutedNeed]
    asked: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Question:
    """What one partner is asked for one booking: its products, each with the need (by position) it is for."""

    partner: Partner
    booking: Booking
    products: list[tuple[int, Hit]] = field(default_factory=list)


_Answer = Mapping[str, Quote] | PartnerFailure


async def find_offers(
    database: Database,
    http: PartnerHttp,
    principal: Principal,
    needs: Sequence[Need],
    *,
    home: Place | None,
    now: datetime,
    currency: str,
    skip_partners: Collection[str] = (),
) -> Findings:
    """Live offers for every need, those that fit its words best first; up to about ten a need.

    Offers dearer than a need's budget and some hours outside its times are kept, so that the planner can say what
    would work instead. Offers that the person excluded (``avoid``, ``cheaper_than``), that cannot serve the party or
    are in another currency than ``currency`` are not. ``home`` is where things go when a need names no place.
    """
    known = await directory(database, principal)
    kinds = {need.capability_id for need in needs if need.capability_id}
    middles = await catalogue_search.middles(database, principal, kinds)
    queries = [_query(need, known, home, currency, middles.get(need.capability_id or "")) for need in needs]
    async with database.connection() as conn:
        hits = await catalogue_search.search(
            conn, principal, queries, partners=_PARTNERS, each=_PRODUCTS, skip_partners=list(skip_partners)
        )
    questions = _questions(needs, hits, known, home, now)
    answers = await _ask_all(http, questions, now)
    answered = list(zip(questions, answers, strict=True))
    return Findings(_sorted_out(needs, answered, known, now), frozenset(question.partner.id for question in questions))


def _query(
    need: Need, known: Directory, home: Place | None, currency: str, middle: HalfVector | None
) -> CatalogueQuery:
    facts = [value for value in need.slots.values() if isinstance(value, str)]
    text = " ".join(dict.fromkeys((need.query or need.text, *facts)))
    return CatalogueQuery(
        text=_telling(text, need.capability_id) if need.capability_id else text,
        capability_ids=[need.capability_id] if need.capability_id else list(known.capabilities),
        said=need.text,
        middle=middle,
        currency=currency,
        facts=facts,
        party=need.party or 1,
        quantity=need.quantity,
        ceiling=need.budget.amount if need.budget and need.budget.currency == currency else None,
        below=need.cheaper_than.amount if need.cheaper_than and need.cheaper_than.currency == currency else None,
        avoid=need.avoid,
        near=need.place or home,
    )


def _telling(text: str, capability_id: str) -> str:
    """The words of ``text`` that are not those of the capability's id: among flowers, "flowers" tells nothing."""
    kind = {_stem(word) for word in _WORD.findall(capability_id)}
    return " ".join(word for word in _WORD.findall(text) if _stem(word) not in kind)


def _stem(word: str) -> str:
    return word.lower().removesuffix("s").removesuffix("ie").removesuffix("y")


def _questions(
    needs: Sequence[Need], hits: list[list[Hit]], known: Directory, home: Place | None, now: datetime
) -> list[_Question]:
    """One question a partner and booking: needs with the same times, party and place share it."""
    questions: dict[tuple[str, Booking], _Question] = {}
    windows = windows_to_ask(needs, now)
    for position, (need, found) in enumerate(zip(needs, hits, strict=True)):
        booking = Booking(
            earliest=windows[position][0],
            latest=windows[position][1],
            party=need.party,
            quantity=need.quantity,
            place=need.destination or need.place or home,
        )
        for hit in found if need.capability_id else _of_one_kind(found):
            partner = known.partners.get(hit.partner_id)
            if partner is None:
                continue
            question = questions.setdefault((partner.id, booking), _Question(partner, booking))
            question.products.append((position, hit))
    return list(questions.values())


def _of_one_kind(found: list[Hit]) -> list[Hit]:
    """Of products of all kinds those of the best one's, if that is what was asked for at all."""
    best = max(found, key=lambda hit: hit.match, default=None)
    if best is None or best.match < _UNKNOWN_MATCH:
        return []
    return [hit for hit in found if hit.capability_id == best.capability_id]


async def _ask_all(http: PartnerHttp, questions: list[_Question], now: datetime) -> list[_Answer]:
    tasks = [asyncio.create_task(_ask(http, question)) for question in questions]
    if not tasks:
        return []
    clock = asyncio.get_running_loop().time
    started = clock()
    try:
        await _most_done(tasks, http.timeout)
        _, waiting = await asyncio.wait(tasks, timeout=max(_GRACE, clock() - started))
        if waiting and _needs_more(questions, tasks, now):
            await asyncio.wait(waiting, timeout=max(0.0, started + http.timeout - clock()))
        return [
            task.result() if task.done() else _too_slow(http, question)
            for question, task in zip(questions, tasks, strict=True)
        ]
    finally:
        for task in tasks:
            task.cancel()


async def _most_done(tasks: list[asyncio.Task[_Answer]], seconds: float) -> None:
    enough = asyncio.Event()
    left = ceil(len(tasks) * _MOST)

    def count(_: asyncio.Task[_Answer]) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            enough.set()

    for task in tasks:
        task.add_done_callback(count)
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await enough.wait()


def _needs_more(questions: list[_Question], tasks: list[asyncio.Task[_Answer]], now: datetime) -> bool:
    """Whether some need would have no offer if nobody else answered."""
    concerned = {position for question in questions for position, _ in question.products}
    served = set()
    for question, task in zip(questions, tasks, strict=True):
        answer = task.result() if task.done() else None
        if answer is not None and not isinstance(answer, PartnerFailure):
            served |= {
                position
                for position, hit in question.products
                if (quote := answer.get(hit.product_id)) and _usable(quote, now)
            }
    return bool(concerned - served)


async def _ask(http: PartnerHttp, question: _Question) -> _Answer:
    partner = question.partner
    ids = list(dict.fromkeys(hit.product_id for _, hit in question.products))
    try:
        return await lookup(http, partner, ids, question.booking)
    except (PartnerError, AddressRefusedError) as error:
        return PartnerFailure(partner_id=partner.id, partner_name=partner.name, reason=error.detail)


def _too_slow(http: PartnerHttp, question: _Question) -> PartnerFailure:
    partner = question.partner
    http.circuits.failed(partner.endpoint)
    return PartnerFailure(partner_id=partner.id, partner_name=partner.name, reason=f"{partner.name} was too slow.")


def _usable(quote: Quote, now: datetime) -> bool:
    return (
        not quote.unavailable
        and bool(quote.starts or quote.windows)
        and (quote.expires_at is None or quote.expires_at > now)
    )


def _sorted_out(
    needs: Sequence[Need], answered: list[tuple[_Question, _Answer]], known: Directory, now: datetime
) -> list[ScoutedNeed]:
    offers: list[list[Offer]] = [[] for _ in needs]
    failures: list[dict[str, PartnerFailure]] = [{} for _ in needs]
    for question, answer in answered:
        for position, hit in question.products:
            match _outcome(needs[position], hit, question, answer, known=known, now=now):
                case Offer() as offer:
                    offers[position].append(offer)
                case PartnerFailure() as failure:
                    failures[position][failure.partner_id] = failure
    return [
        ScoutedNeed(
            need=need,
            offers=sorted(found, key=lambda offer: (-offer.match, offer.price.amount, offer.id)),
            failures=list(failed.values()),
        )
        for need, found, failed in zip(needs, offers, failures, strict=True)
    ]


def _outcome(
    need: Need, hit: Hit, question: _Question, answer: _Answer, *, known: Directory, now: datetime
) -> Offer | PartnerFailure | None:
    """What an answer means for one product and need; None: the partner cannot serve it."""
    if isinstance(answer, PartnerFailure):
        return answer
    quote = answer.get(hit.product_id)
    if quote is None or not _usable(quote, now):
        return None
    if quote.total.currency != hit.list_price.currency:
        said = f"It lists {hit.list_price.currency} but quotes {quote.total.currency}."
        return PartnerFailure(partner_id=hit.partner_id, partner_name=question.partner.name, reason=said)
    offer = _offer(need, hit, quote, question, known)
    return offer if _fits(need, offer, quote) else None


def _offer(need: Need, hit: Hit, quote: Quote, question: _Question, known: Directory) -> Offer:
    capability = known.capabilities[hit.capability_id]
    earliest, latest = question.booking.earliest, question.booking.latest
    return Offer(
        id=f"{hit.partner_id}:{hit.product_id}:{need.id}",
        need_id=need.id,
        capability_id=hit.capability_id,
        partner_id=hit.partner_id,
        partner_name=question.partner.name,
        product_id=hit.product_id,
        title=hit.title,
        description=hit.description,
        effect=capability.effect,
        price=quote.total,
        quantity=need.quantity,
        duration=quote.duration,
        place=(hit.place or question.partner.place) if capability.effect == "attended" else None,
        starts=tuple(start for start in quote.starts if earliest <= start <= latest),
        windows=within(quote.windows, earliest, latest) if not quote.starts else (),
        rating=hit.rating,
        match=hit.match,
        expires_at=quote.expires_at,
        attributes={
            "tags": hit.tags,
            "lead_minutes": quote.lead_minutes,
            "price_per": quote.price_per,
            "capacity": quote.capacity,
        },
    )


def _fits(need: Need, offer: Offer, quote: Quote) -> bool:
    if not (offer.starts or offer.windows):
        return False
    if quote.capacity is not None and need.party is not None and quote.capacity * need.quantity < need.party:
        return False
    limit = need.cheaper_than
    return limit is None or limit.currency != offer.price.currency or offer.price < limit
