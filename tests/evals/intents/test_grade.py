"""The grader: right readings pass, each kind of mistake is told by its own grade."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from evals.harness.suite import Case
from evals.intents.cases import Said
from evals.intents.grade import grade
from evals.intents.moments import Clock
from evals.intents.notation import Wanted, wanted_need
from schemas.intent import Intent, MissingFact, Need, Relation, ResolveContext
from schemas.money import Money
from schemas.place import Place
from schemas.timing import TimeWindow, Timing

ZONE = "America/Chicago"
NOW = datetime(2027, 5, 11, 14, tzinfo=ZoneInfo(ZONE))
HOME = Place(name="Home", lat=41.9, lon=-87.6, zone=ZONE)
MESSAGE = "a chocolate cake to my place by 3 on Friday for at most 40 dollars, no nuts, and a table for four at eight"


def expected(*needs: dict[str, object], **rest: object) -> Case[Said, Wanted]:
    clock = Clock(NOW, ZONE)
    wanted = Wanted(("request",), tuple(wanted_need(need, clock, home=True) for need in needs), **rest)  # type: ignore[arg-type]
    said = Said(MESSAGE, ResolveContext(now=NOW, zone=ZONE, home=HOME))
    return Case("x", said, wanted)


def friday(hour: int) -> datetime:
    return datetime(2027, 5, 14, hour, tzinfo=ZoneInfo(ZONE))


def day() -> TimeWindow:
    return TimeWindow(start=friday(0), end=friday(23) + timedelta(minutes=59, seconds=59))


def cake() -> Need:
    return Need(
        id="n1",
        capability_id="cake.delivery",
        text="a chocolate cake",
        slots={"flavour": "chocolate cake"},
        timing=Timing(start=TimeWindow(start=friday(0)), end=TimeWindow(end=friday(15)), day=day()),
        place=HOME,
        budget=Money.of(40, "USD"),
        avoid=["nuts"],
    )


def table() -> Need:
    return Need(
        id="n2",
        capability_id="restaurant.table",
        text="a table for four",
        slots={"party": 4},
        timing=Timing(start=TimeWindow(start=friday(20), end=friday(20)), day=day()),
        party=4,
    )


CAKE = {"do": "cake", "by": "Fri 14 May 15:00", "flavour": "chocolate", "max": 40, "avoid": ["nut"]}
TABLE = {"do": "restaurant", "at": "Fri 14 May 20:00", "party": 4}


def wrong(case: Case[Said, Wanted], intent: Intent) -> set[str]:
    return {score.name for score in grade(case, intent) if not score.passed}


def read(*needs: Need, **rest: object) -> Intent:
    return Intent(kind="request", needs=list(needs), **rest)  # type: ignore[arg-type]


def test_a_right_reading_has_nothing_amiss() -> None:
    assert wrong(expected(CAKE, TABLE), read(cake(), table())) == set()


@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        (lambda need: need.slots.update(message="Hooray"), "slots"),
        (lambda need: need.slots.update(flavour="vanilla"), "slots"),
        (lambda need: need.slots.update(flavour="chocolate nobody said"), "slots"),
        (lambda need: need.slots.clear(), "slots"),
        (lambda need: setattr(need, "party", 4), "party"),
        (lambda need: setattr(need, "quantity", 2), "quantity"),
        (lambda need: setattr(need, "place", None), "place"),
        (lambda need: setattr(need, "place_text", "my place"), "place"),
        (lambda need: setattr(need, "budget", None), "budget"),
        (lambda need: setattr(need, "budget", Money.of(400, "USD")), "budget"),
        (lambda need: need.avoid.clear(), "provisos"),
        (lambda need: setattr(need, "priority", "nice"), "provisos"),
        (lambda need: setattr(need, "timing", Timing()), "time"),
        (lambda need: setattr(need, "capability_id", "gift.delivery"), "needs"),
    ],
)
def test_a_mistake_is_told_by_the_grade_it_belongs_to(change: Callable[[Need], None], aspect: str) -> None:
    mistaken = cake()
    change(mistaken)
    assert wrong(expected(CAKE, TABLE), read(mistaken, table())) == {aspect}


def test_what_was_not_said_must_be_empty() -> None:
    invented = cake()
    assert wrong(expected({"do": "cake"}), read(invented)) == {"slots", "time", "budget", "provisos"}


def test_a_need_too_many_or_too_few_is_wrong() -> None:
    assert wrong(expected(CAKE), read(cake(), table())) == {"needs"}
    assert wrong(expected(CAKE, TABLE), read(cake())) == {"needs"}


def test_needs_in_another_order_are_wrong() -> None:
    assert "needs" in wrong(expected(CAKE, TABLE), read(table(), cake()))


def test_a_bound_on_the_only_need_and_on_everything_are_the_same() -> None:
    whole = cake().model_copy(update={"budget": None})
    assert wrong(expected(CAKE), read(whole, budget=Money.of(40, "USD"))) == set()
    assert wrong(expected(CAKE, TABLE), read(whole, table(), budget=Money.of(40, "USD"))) == {"budget"}


def test_an_order_that_follows_from_others_need_not_be_said() -> None:
    def chain(*pairs: tuple[str, str]) -> Intent:
        last = cake().model_copy(update={"id": "n3"})
        return read(cake(), table(), last, relations=[Relation(first=one, second=two) for one, two in pairs])

    case = expected(CAKE, TABLE, CAKE, before=((1, 2), (2, 3)))
    assert wrong(case, chain(("n1", "n2"), ("n2", "n3"), ("n1", "n3"))) == set()
    assert wrong(case, chain(("n1", "n2"))) == {"relations"}
    assert wrong(case, chain(("n2", "n1"), ("n2", "n3"))) == {"relations"}


def test_what_must_be_asked_is_compared_by_fact() -> None:
    def asking(fact: str) -> Intent:
        return read(cake(), missing=[MissingFact(need_id=None, fact=fact, question="?")])

    case = expected(CAKE, asks=("n1.date",))
    assert wrong(case, asking("time")) == set()
    assert wrong(case, asking("party")) == {"asks"}


def test_a_purchase_where_nothing_can_be_bought_is_wrong() -> None:
    case = expected()
    nothing = Wanted(("unsupported",), None)
    case = Case("x", case.input, nothing)
    assert wrong(case, Intent(kind="unsupported")) == set()
    assert wrong(case, read(cake())) == {"kind", "needs"}


def test_an_honest_unclear_is_right_where_it_is_allowed() -> None:
    asked = expected(CAKE)
    allowed = Wanted(("request", "unclear"), asked.expected.needs)
    assert wrong(Case("x", asked.input, allowed), Intent(kind="unclear")) == set()
    assert wrong(asked, Intent(kind="unclear")) == {"kind", "needs"}
