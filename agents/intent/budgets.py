"""Which amount bounds what: one item, or everything together."""

from agents.intent.drafts import Draft, Request
from agents.intent.money import Amount
from agents.intent.words import Found
from schemas.money import Money


def set_budgets(request: Request) -> None:
    """Give every amount to the need it stands beside, or to the whole.

    It bounds everything if it says so, if it stands outside every wish, or if it is the only one and ends a list.
    """
    total = _of_all(request)
    for draft in request.drafts:
        own = [item for item in draft.facts.money if item not in total and not item.value.floor]
        if own:
            _price(draft, own[-1].value)
    usable = [item for item in total if not item.value.floor]
    if usable:
        last = max(usable, key=lambda item: item.start)
        request.budget = _for_everyone(last.value, request)


def _of_all(request: Request) -> list[Found[Amount]]:
    money, drafts = request.sentence.facts.money, request.drafts
    total = [item for item in money if item.value.per == "all"]
    total += [item for item in request.common.money if item.value.per in ("unsaid", "person")]
    if len(drafts) == 1:
        total += [item for item in drafts[0].facts.money if item.value.per == "unsaid" and request.apart(item.start)]
    if len(drafts) > 1 and not total and len(money) == 1:
        end, text = drafts[-1].clause.end, request.sentence.facts.text
        last = [item for item in drafts[-1].facts.money if item.value.per == "unsaid"]
        total += [item for item in last if not text[item.end : end].strip()]
    return total


def _for_everyone(amount: Amount, request: Request) -> Money | None:
    if amount.per != "person":
        return amount.money
    parties = [draft.need.party for draft in request.drafts if draft.need.party]
    return amount.money * max(parties) if parties else None


def _price(draft: Draft, amount: Amount) -> None:
    """The bound on one item, for all its people and pieces."""
    need, money = draft.need, amount.money
    if amount.per == "person":
        if need.party is None:
            return
        money = money * need.party
    if amount.per == "one":
        money = money * (need.quantity if need.quantity > 1 else need.party or 1)
    if amount.compared:
        need.cheaper_than = money
    else:
        need.budget = money
