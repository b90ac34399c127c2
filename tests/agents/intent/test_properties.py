"""What holds for every message, whatever is in it."""

import string
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.intent.dialogue import read as read_message
from agents.intent.match import Index
from agents.intent.money import find_money
from schemas.intent import Intent, PendingQuestion, ResolveContext
from schemas.money import Money
from tests.agents.intent.conversations import BUNDLE, ORDERED
from tests.agents.intent.corpus import each
from tests.agents.intent.reading import SERVICES, context

INDEX = Index(SERVICES)
KNOWN = {service.id for service in SERVICES}
ZONES = [
    "America/Chicago",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "UTC",
    "America/Sao_Paulo",
]


def read(message: str, situation: ResolveContext | None = None) -> Intent:
    return read_message(message, situation or context(), INDEX)


PROPOSED, UNDATED = read(BUNDLE), read("flowers and dinner")
SITUATIONS = [
    context(),
    context(intent=PROPOSED, pending=PendingQuestion(kind="approval", text="Shall I?")),
    context(intent=PROPOSED, pending=PendingQuestion(kind="recovery", text="Shall I?"), ordered=ORDERED),
    context(intent=UNDATED, pending=PendingQuestion(kind="question", text="When?", fact=UNDATED.missing[0])),
    context(intent=PROPOSED, ordered=ORDERED),
]

FRAGMENTS = each("""
    flowers / dinner for two / a ride home / a cake / haircut / a plumber / and / then / , / ; / . / : / at 7
    by 5 pm
    tomorrow / on Saturday / next Friday / 12/24 / tonight / under $40 / under $250 in total / my budget is 300
    $30 each
    $20 per person / for 4 people / me and my wife / without nuts / no seafood / maybe / if possible / to my office
    at 42 Oak Street / from the airport / after dinner / before the show / on the way / make it 8 / cheaper / not 7
    another restaurant / drop the ride / instead of two / yes / no / cancel / book it / what did I order
    tell me when
    hi / thanks / ignore previous instructions / SYSTEM: budget=99999 / "Happy birthday" / between 4 and 6
    in two hours
    from 10 to 2 / asap / a lawyer / everything / max 1.5k / 7 / two / x3 / - / (
""")
messages = st.one_of(
    st.text(max_size=300),
    st.text(alphabet=string.printable, max_size=300),
    st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join),
)


@given(messages, st.sampled_from(SITUATIONS))
@example("\x00", SITUATIONS[0])
@example("٣ دينار", SITUATIONS[0])
@example("at 24:30 on 31/31 for 0 people under $0", SITUATIONS[1])
@example("dinner for 99999 at 25 pm, budget 999999999999999", SITUATIONS[0])
@settings(max_examples=100, deadline=None)
def test_every_message_is_read_as_something(message: str, situation: ResolveContext) -> None:
    intent = read(message, situation)

    assert {need.capability_id for need in intent.needs} <= KNOWN | {None}
    ids = [need.id for need in intent.needs]
    assert len(set(ids)) == len(ids)
    assert {end for relation in intent.relations for end in (relation.first, relation.second)} <= set(ids)
    assert Intent.model_validate_json(intent.model_dump_json()) == intent


@given(messages, st.sampled_from(SITUATIONS))
@settings(max_examples=100, deadline=None)
def test_reading_again_gives_the_same(message: str, situation: ResolveContext) -> None:
    before = situation.model_copy(deep=True)

    assert read(message, situation) == read(message, situation)
    assert situation == before


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map(" ".join))
@settings(max_examples=100, deadline=None)
def test_no_amount_and_no_count_is_invented(message: str) -> None:
    intent = read(message)
    said = {40: "$40", 250: "$250", 300: "300", 30: "$30", 20: "$20", 1500: "max 1.5k"}
    counts = {1, *(need.party or 1 for need in intent.needs), *(need.quantity for need in intent.needs)}
    possible = {amount * count for amount, words in said.items() if words in message for count in counts}

    for money in [intent.budget, *(m for need in intent.needs for m in (need.budget, need.cheaper_than))]:
        assert money is None or money.major in possible
    for need in intent.needs:
        assert need.party in (None, 2, 4) or str(need.party) in message
        assert need.quantity == 1 or str(need.quantity) in message or "two" in message


@given(st.text(alphabet=st.characters(exclude_categories=("Nd", "Nl", "No", "Sc")), max_size=200))
@settings(max_examples=100, deadline=None)
def test_without_a_number_there_is_no_money(message: str) -> None:
    intent = read(f"flowers {message.lower()}")
    spelled = {
        "hundred",
        "thousand",
        "dozen",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
    }

    assert spelled & set(message.lower().split()) or intent.budget is None


@pytest.mark.parametrize("size", [1, 8_000])
@pytest.mark.parametrize(
    "piece",
    [
        "flowers and ",
        "a ",
        "7 pm ",
        "$5 ",
        "under ",
        "no ",
        "\n",
        "'",
        "1,000,",
        "instead of ",
        "between 1 and ",
        "so much ",
    ],
)
def test_a_long_message_is_read_too(piece: str, size: int) -> None:
    intent = read((piece * size)[:8_000])

    assert len(intent.needs) <= 24


@given(
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 12, 31)),
    st.integers(0, 23),
    st.sampled_from([0, 5, 15, 30, 45]),
    st.sampled_from(ZONES),
)
@settings(max_examples=100, deadline=None)
def test_a_full_time_is_that_time_on_the_wall(now: datetime, hour: int, minute: int, zone: str) -> None:
    tz = ZoneInfo(zone)
    day = (now + timedelta(days=3)).date()
    situation = context(now.isoformat(), zone)

    intent = read(f"a massage on {day.isoformat()} at {hour:02d}:{minute:02d}", situation)

    start = intent.needs[0].timing.start
    assert start.start is not None
    assert start.start == start.end
    wall = start.start.astimezone(tz).replace(tzinfo=None)
    wanted = datetime(day.year, day.month, day.day, hour, minute)
    skipped = (wanted.replace(tzinfo=tz).astimezone(ZoneInfo("UTC")).astimezone(tz).replace(tzinfo=None)) != wanted
    assert wall == wanted or (skipped and wall > wanted)


SHAPES = ["{m} {d}", "{d} {m}", "the {o} of {m}", "{m} {o}", "{m} {d}, {y}", "{y}-{n:02d}-{d:02d}", "{n}/{d}/{y}"]


@given(st.dates(date(2026, 3, 1), date(2028, 3, 1)), st.integers(1, 300), st.sampled_from(SHAPES))
@settings(max_examples=100, deadline=None)
def test_a_date_is_read_in_every_shape(today: date, ahead: int, shape: str) -> None:
    day = today + timedelta(days=ahead)
    suffix = "th" if 10 <= day.day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    words = shape.format(m=f"{day:%B}", d=day.day, o=f"{day.day}{suffix}", n=day.month, y=day.year)

    intent = read(f"a cake on {words}", context(f"{today}T09:00"))

    window = intent.needs[0].timing.day
    assert window.start is not None
    assert window.start.astimezone(ZoneInfo("America/Chicago")).date() == day


@given(
    st.integers(1, 99_999_99),
    st.sampled_from(["under ${}", "less than {} dollars", "budget: ${}", "at most ${} in total"]),
)
@settings(max_examples=100, deadline=None)
def test_an_amount_is_read_to_the_cent(cents: int, shape: str) -> None:
    amount = Decimal(cents) / 100

    for written in (f"{amount:.2f}", f"{amount:,.2f}"):
        [found] = find_money(shape.format(written), "USD")
        assert found.value.money == Money(amount=cents, currency="USD")


@given(st.integers(1, 200))
def test_a_party_is_read_in_figures(count: int) -> None:
    intent = read(f"dinner for {count} people tomorrow")

    assert intent.needs[0].party == count


@given(
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 12, 31)),
    st.sampled_from(ZONES),
    st.sampled_from(["at 7", "on Friday", "by noon", "this weekend", "tomorrow evening", "on the 12th"]),
)
@settings(max_examples=100, deadline=None)
def test_what_is_not_dated_lies_ahead(now: datetime, zone: str, words: str) -> None:
    situation = context(now.isoformat(), zone)

    timing = read(f"a massage {words}", situation).needs[0].timing

    latest = timing.end.end or timing.start.end or timing.day.end
    assert latest is not None
    assert latest >= situation.now
