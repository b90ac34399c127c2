"""Conflicts in plain words, with their figures."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from schemas.intent import Need
from schemas.money import Money
from schemas.offer import PartnerFailure, ScoutedNeed
from schemas.plan import Conflict, PlanRequest
from tools.timechain.conflicts import Core
from tools.timechain.problem import WHERE_ONE_IS, Choice, Item, moment
from tools.timechain.questions import Questions
from tools.timechain.reading import affordable, currency_of, read, zone_of
from tools.timechain.solver import UndecidedError
from tools.timechain.words import Clock, capital, duration_words, happens, name_of, names

_SOON = timedelta(hours=24)
"""A deadline this near that nobody can meet is a matter of lead time."""


def conflict_of(core: Core, request: PlanRequest, ask: Questions) -> Conflict:
    """The conflict that a core of ``request`` stands for."""
    kinds = {wish.kind for wish in core.wishes}
    clock = Clock(zone_of(request), request.now)
    if core.alone:
        return _Alone(core, clock, ask).conflict()
    if "budget" in kinds:
        return _over_budget(core, request, ask)
    return _Together(core, clock, ask).conflict()


def foreign_money(request: PlanRequest) -> Conflict | None:
    """A budget in another money than what is already bought: the two cannot be added up."""
    currency = currency_of(request)
    others = sorted({f.offer.price.currency for f in request.fixed} - {currency})
    if request.budget is None or not others:
        return None
    bought = tuple(sorted(f.need_id for f in request.fixed if f.offer.price.currency != currency))
    message = f"The budget is in {currency}, but something is already bought in {' and '.join(others)}."
    return Conflict(kind="budget", need_ids=bought, message=message)


def undecided(request: PlanRequest) -> Conflict:
    """There may be a plan, but it would take too long to find out."""
    needs = _needs(request)
    message = f"There are too many ways to arrange {names(needs)}: ask for fewer at once, or name more times."
    return Conflict(kind="time", need_ids=_ids(needs), message=message)


def unexplained(request: PlanRequest) -> Conflict:
    """There is no plan, but it would take too long to find out which of the needs are to blame."""
    needs = _needs(request)
    message = f"{capital(names(needs))} do not all fit together: ask for fewer at once."
    return Conflict(kind="time", need_ids=_ids(needs), message=message)


def _over_budget(core: Core, request: PlanRequest, ask: Questions) -> Conflict:
    """Everything together is too dear, or already a part of it is."""
    budget = request.budget
    assert budget is not None
    needs, musts = _musts(core.request), _musts(request)
    total = _least_total(request, ask)
    timed = any(wish.kind.startswith(("latest", "earliest")) for wish in core.wishes)
    spent = sum(f.offer.price.amount for f in request.fixed)
    bought = Money(amount=spent, currency=budget.currency)
    if not needs:
        ids = tuple(sorted(f.need_id for f in request.fixed))
        message = f"What is already bought costs {bought}; you allowed {budget}."
        return Conflict(kind="budget", need_ids=ids, message=message)
    after = f", {bought} of it is already spent" if spent else ""
    sentences = []
    if total is not None and len(musts) > 1:
        sentences.append(f"{capital(names(musts))} cost at least {total} together; you allowed {budget}{after}.")
    part = _least_total(core.request, ask)
    if part is not None and (len(needs) < len(musts) or not sentences):
        cost = "costs" if len(needs) == 1 else "cost"
        alone = " alone" if sentences else ""
        when = " at the times you asked for" if timed else ""
        end = "." if sentences else f"; you allowed {budget}{after}."
        sentences.append(f"{capital(names(needs))}{alone} {cost} at least {part}{when}{end}")
    if not sentences:
        sentences.append(f"{capital(names(needs))} do not fit within {budget}{after}.")
    return Conflict(kind="budget", need_ids=_ids(needs), message=" ".join(sentences))


def _least_total(request: PlanRequest, ask: Questions, *, instant: bool = False) -> Money | None:
    currency = currency_of(request)
    try:
        solution = ask.least(request.model_copy(update={"budget": None, "currency": currency}), instant=instant)
    except UndecidedError:
        return None
    return None if solution is None else Money(amount=solution.price, currency=currency)


class _Alone:
    """A need for which there is nothing, whatever becomes of the others."""

    def __init__(self, core: Core, clock: Clock, ask: Questions) -> None:
        self.core, self.clock, self.ask, self.request = core, clock, ask, core.request
        self.scouted: ScoutedNeed = core.request.needs[0]
        self.need: Need = self.scouted.need
        self.name = name_of(self.need)
        self.kinds = {wish.kind for wish in core.wishes}

    def conflict(self) -> Conflict:
        late, early = self.kinds & {"latest_start", "latest_end"}, self.kinds & {"earliest_start", "earliest_end"}
        if late or early:
            kind, message = self._at_another_time(bool(late), bool(early))
        elif "need_budget" in self.kinds or "cheaper" in self.kinds:
            kind, message = "budget", self._too_dear()
        else:
            kind, message = "no_offer", self._nothing()
        return Conflict.model_validate({"kind": kind, "need_ids": (self.need.id,), "message": message})

    def _nothing(self) -> str:
        offers, currency = self.scouted.offers, currency_of(self.request)
        if not offers:
            return f"Nobody offers {self.name}{_failed(self.scouted.failures)}."
        if all(o.price.currency != currency for o in offers):
            others = " and ".join(sorted({o.price.currency for o in offers}))
            return f"{capital(self.name)} is only offered in {others}; this plan is in {currency}."
        if all(not affordable(self.need, o, currency) for o in offers):
            return f"Your limit for {self.name} is not in {currency}, the currency of this plan."
        if all(o.expires_at is not None and o.expires_at <= self.request.now for o in offers):
            return f"All offers for {self.name} have expired."
        return f"None of those who offer {self.name} has a free time left{_failed(self.scouted.failures)}."

    def _too_dear(self) -> str:
        open_price = _given_up(self.core, {"need_budget", "cheaper"})
        cheapest = _least_total(open_price, self.ask, instant=True)
        if "cheaper" in self.kinds:
            return f"No {self.name} is cheaper than {self.need.cheaper_than}; the cheapest costs {cheapest}."
        return f"The cheapest {self.name} costs {cheapest}; you allowed {self.need.budget} for it."

    def _at_another_time(self, late: bool, early: bool) -> tuple[str, str]:
        need, clock = self.need, self.clock
        limit = need.budget if "need_budget" in self.kinds else None
        within = f" for {limit}" if limit is not None else ""
        after = self._nearest({"latest_start", "latest_end"}, latest=False) if late else None
        prior = self._nearest({"earliest_start", "earliest_end"}, latest=True) if early else None
        verb = happens(self.scouted.offers[0].effect)
        by_end = self.kinds & {"latest_end", "earliest_end"} and verb == "begin"
        verb = "be over" if by_end else verb
        if after is not None and prior is not None:
            asked = clock.asked(need.timing, after)
            return "time", (
                f"{capital(self.name)} cannot {verb} {asked}{within}; "
                f"the nearest times are {clock.at(prior, after)} and {clock.at(after)}."
            )
        nearest, edge = (after, "earliest") if after is not None else (prior, "latest")
        asked = clock.asked(need.timing, nearest)
        if nearest is None:
            return "time", f"{capital(self.name)} cannot be had {asked}{within}."
        soon = after is not None and (_deadline(need) or self.request.now) - self.request.now < _SOON
        return "lead_time" if soon else "time", (
            f"The {edge} {self.name} can {verb}{within} is {clock.at(nearest)}; you asked for it {asked}."
        )

    def _nearest(self, kinds: set[str], *, latest: bool) -> datetime | None:
        """The moment nearest to the wish on one side, once its bounds on that side are given up."""
        choices = read(_given_up(self.core, kinds)).items[0].choices
        by_end = self.kinds & kinds & {"latest_end", "earliest_end"}
        moments = []
        for choice in choices:
            start = choice.last if latest else choice.first
            moments.append(choice.done(start, max(0, choice.duration)) if by_end else start)
        if not moments:
            return None
        return moment(max(moments) if latest else min(moments))


def _deadline(need: Need) -> datetime | None:
    timing = need.timing
    return timing.start.end or timing.end.end or timing.day.end


def _given_up(core: Core, kinds: Iterable[str]) -> PlanRequest:
    request = core.request
    for wish in core.wishes:
        if wish.kind in kinds:
            request = wish.given_up(request)
    return request


def _failed(failures: Sequence[PartnerFailure]) -> str:
    if not failures:
        return ""
    told = ", ".join(f"{f.partner_name} ({f.reason})" for f in failures)
    return f"; no answer from {told}"


class _Together:
    """Needs that could each be had, but not with each other or with what is already bought."""

    def __init__(self, core: Core, clock: Clock, ask: Questions) -> None:
        self.core, self.clock, self.ask, self.request = core, clock, ask, core.request
        self.needs = _musts(core.request)
        self.relations = [wish for wish in core.wishes if wish.kind == "relation"]

    def conflict(self) -> Conflict:
        ids = _ids(self.needs)
        if self.relations:
            return Conflict(kind="order", need_ids=ids, message=self._order())
        travel = self.ask.works(self.request, instant=True)
        return Conflict(kind="travel" if travel else "time", need_ids=ids, message=self._clash(travel))

    def _order(self) -> str:
        pairs = [wish.relation for wish in self.relations if wish.relation is not None]
        called = self._names()
        if len(pairs) == 1:
            first, second = pairs[0].first, pairs[0].second
            items = {item.id: item for item in read(self.request).items}
            if pairs[0].kind == "together":
                return f"{capital(called[first])} and {called[second]} have no start in common."
            over = min(c.done(c.first, max(0, c.duration)) for c in items[first].choices)
            start = max(c.last for c in items[second].choices)
            if over > start:
                return (
                    f"{capital(called[first])} should be over before {called[second]} begins, but is over at "
                    f"{self.clock.at(moment(over))} at the earliest, and {called[second]} must begin by "
                    f"{self.clock.at(moment(start), moment(over))}."
                )
        wanted = [
            f"{called[p.first]} {'together with' if p.kind == 'together' else 'before'} {called[p.second]}"
            for p in pairs
        ]
        return f"You asked for {' and '.join(wanted)}: that does not fit the times they can be had."

    def _clash(self, travel: bool) -> str:
        items = [item for item in read(self.request).items if item.must and any(c.occupies for c in item.choices)]
        called = self._names()
        if len(items) == 1:
            choice = min(items[0].choices, key=lambda c: c.last)
            return (
                f"You cannot be at {called[items[0].id]} by {self.clock.at(moment(choice.last))}: "
                "the way there takes longer than that."
            )
        if len(items) == 2:
            return self._pair(*items, travel=travel)
        return f"{capital(self._list(items))} do not fit one after another" + (
            ": there is not enough time for the ways between them." if travel else " at the times you asked for."
        )

    def _pair(self, one: Item, two: Item, *, travel: bool) -> str:
        """Two appointments, in the order in which they come nearer to fitting."""
        _, over, start, first, second = min(
            (over - start, over, start, a.id, b.id)
            for a, b in ((one, two), (two, one))
            for over in [min(c.first + max(0, c.duration) for c in a.choices)]
            for start in [max(c.last for c in b.choices)]
        )
        called, clock, items = self._names(), self.clock, {item.id: item for item in (one, two)}
        ends, begins = clock.at(moment(over)), clock.at(moment(start), moment(over))
        told = f"{capital(called[first])} is over at {ends}" + ("" if items[first].fixed else " at the earliest")
        told += f" and {called[second]} " + (
            f"is booked for {begins}" if items[second].fixed else f"must begin by {begins}"
        )
        if not travel:
            return f"{told}: you cannot be at both."
        way = self._shortest_way(items[first].choices, items[second].choices)
        return f"{told}, and the way takes at least {duration_words(way)}."

    def _shortest_way(self, first: Sequence[Choice], second: Sequence[Choice]) -> int:
        journeys = read(self.request).journeys
        return min(0 if b.entry == WHERE_ONE_IS else journeys.way(a.exit, b.entry) for a in first for b in second)

    def _names(self) -> dict[str, str]:
        called = {f.need_id: f.offer.title for f in self.request.fixed}
        return called | {need.id: name_of(need) for need in self.needs}

    def _list(self, items: Sequence[Item]) -> str:
        called = self._names()
        words = [called[item.id] for item in items]
        return f"{', '.join(words[:-1])} and {words[-1]}"


def _needs(request: PlanRequest) -> list[Need]:
    """In the order in which they were said: n2 before n10."""
    return sorted((s.need for s in request.needs), key=lambda n: (len(n.id), n.id))


def _musts(request: PlanRequest) -> list[Need]:
    return [need for need in _needs(request) if need.priority == "must"]


def _ids(needs: Sequence[Need]) -> tuple[str, ...]:
    return tuple(need.id for need in needs)
