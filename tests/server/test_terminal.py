"""What a person sees: cards, days and progress, on good terminals and poor ones."""

import io
from typing import Any

import pytest
from rich.console import Console

from cards.bundle import bundle
from cards.offers import offers
from cards.order import order_status
from cards.question import question
from cards.recovery import recovery_notice
from cards.speech import speech
from cards.timeline import order_rows, plan_rows
from schemas.plan import Plan, PlanItem
from server.terminal import Progress, draw_card, draw_timeline
from tests.cards.examples import (
    ALTERNATIVES,
    DINNER,
    HOME,
    NEEDS,
    ORDER,
    PLAN,
    REFUSED,
    RIDE,
    SUSHI,
    TULIP_ITEM,
    at,
    usd,
)

BUNDLE = bundle(PLAN, needs=NEEDS, budget=usd("250"), alternatives=ALTERNATIVES, interrupt_id="i", home=HOME)
CARDS: dict[str, dict[str, Any]] = {
    name: answer.card or {}
    for name, answer in {
        "bundle": BUNDLE,
        "status": order_status(ORDER),
        "asked": recovery_notice(ORDER, REFUSED, options=[TULIP_ITEM], interrupt_id="i"),
        "offers": offers(NEEDS[1], [SUSHI, DINNER], interrupt_id="i"),
        "question": question("Which one?", choices=["A", "B"], interrupt_id="i"),
    }.items()
}


class Pipe:
    """A console that writes to a file: no terminal, an encoding of its own."""

    def __init__(self, *, width: int = 80, encoding: str = "utf-8") -> None:
        self._bytes = io.BytesIO()
        self._file = io.TextIOWrapper(self._bytes, encoding=encoding)
        self.encoding = encoding
        self.console = Console(file=self._file, width=width, force_terminal=False, color_system=None)

    @property
    def lines(self) -> list[str]:
        self._file.flush()
        return self._bytes.getvalue().decode(self.encoding).splitlines()


def on_a_terminal(width: int = 80) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=True, record=True, color_system="truecolor")


def test_a_bundle_in_a_pipe_is_plain_lines() -> None:
    pipe = Pipe()
    draw_card(pipe.console, CARDS["bundle"])
    assert pipe.lines == [
        "Your plan for Saturday 28 November 2026",
        "3 items · $199.40 of $250.00 ($50.60 left)",
        "",
        "14:00–14:15  Dozen red roses                                              $58.00",
        "             Petal & Stem ★ 4.7 · delivered home",
        "",
        "19:00–20:45  Table for two                                               $118.00",
        "             Trattoria Lucia ★ 4.6 · 214 W Oak St · 12 min to get there",
        "",
        "20:50–21:15  Comfort car                                                  $23.40",
        "             Lakeshore Cars · from Trattoria Lucia to home",
        "",
        "Left out, because it did not fit: balloons.",
        "The cheapest well-rated bundle inside your windows.",
        "Prices hold until Fri 27 Nov 13:25.",
        "[1] Approve · $199.40   [2] Change…   [3] Swap…   [4] No, thanks",
    ]


def test_a_terminal_gets_a_frame_and_colours() -> None:
    console = on_a_terminal()
    draw_card(console, CARDS["bundle"])
    drawn = console.export_text(styles=True)
    assert drawn.startswith("\x1b[36m╭─")
    assert "\x1b[1;32mApprove · $199.40" in drawn


def test_the_numbers_belong_to_the_returned_actions() -> None:
    actions = draw_card(Pipe().console, CARDS["asked"])
    assert [action["data"]["action"] for action in actions] == ["swap", "drop"]


@pytest.mark.parametrize("name", CARDS)
@pytest.mark.parametrize("terminal", [True, False])
def test_no_line_is_wider_than_a_narrow_terminal(name: str, terminal: bool) -> None:
    console = Console(file=io.StringIO(), width=40, force_terminal=terminal, record=True)
    draw_card(console, CARDS[name])
    draw_timeline(console, plan_rows(PLAN, home=HOME))
    assert max(len(line) for line in console.export_text().splitlines()) <= 40


def test_nothing_is_lost_on_a_narrow_terminal() -> None:
    pipe = Pipe(width=40)
    draw_card(pipe.console, CARDS["bundle"])
    text = " ".join(" ".join(pipe.lines).split())
    for said in ("14:00–14:15 $58.00 Dozen red roses", "214 W Oak St · 12 min to get there", "[4] No, thanks"):
        assert said in text


def test_an_ascii_terminal_gets_ascii_only() -> None:
    pipe = Pipe(encoding="ascii")
    for card in CARDS.values():
        draw_card(pipe.console, card)
    draw_timeline(pipe.console, plan_rows(PLAN, home=HOME))
    with Progress(pipe.console) as progress:
        scouting(progress, "asked 9 partners · 14 offers")
    text = "\n".join(pipe.lines)
    assert text.isascii()
    assert "14:00-14:15  Dozen red roses" in text
    assert "?" not in text.replace("Which one?", "").replace("instead?", "")


def test_a_card_cannot_write_escapes_or_markup_to_the_terminal() -> None:
    console = on_a_terminal()
    draw_card(console, {"body": [{"type": "TextBlock", "text": "\x1b[2Jgone [red]not red[/red] \x07"}]})
    drawn = console.export_text(styles=True)
    assert "\x1b[2J" not in drawn
    assert "[red]not red[/red]" in drawn


def test_choices_inputs_and_facts_are_shown() -> None:
    pipe = Pipe()
    draw_card(pipe.console, CARDS["question"])
    draw_card(pipe.console, CARDS["status"])
    assert {"  ○ A", "  ○ B", "Order  order_7f3a"} <= set(pipe.lines)


def test_a_card_of_unknown_elements_shows_its_fallback_text() -> None:
    pipe = Pipe()
    draw_card(pipe.console, {"body": [{"type": "Carousel"}], "fallbackText": "Three offers."})
    assert pipe.lines == ["Three offers."]


def test_a_day_is_drawn_to_scale() -> None:
    pipe = Pipe()
    draw_timeline(pipe.console, plan_rows(PLAN, home=HOME))
    assert pipe.lines == [
        "Saturday 28 November 2026",
        "                 14:00       16:00        18:00        20:00",
        "                 ┬───────────┬────────────┬────────────┬───────────",
        "Dozen red roses  ██                                                  14:00–14:15",
        "Table for two                                  ░███████████▌         19:00–20:45",
        "Comfort car                                                ▐██▌      20:50–21:15",
    ]


def test_each_day_has_its_own_axis() -> None:
    stay = PlanItem(need_id="n2", offer=DINNER, start=at(15), end=at(11, day=29))
    later = PlanItem(need_id="n3", offer=RIDE, start=at(12, day=29), end=at(12, 30, day=29))
    pipe = Pipe()
    draw_timeline(pipe.console, plan_rows(Plan(items=[stay, later], total=usd("1")), home=HOME))
    days = [line for line in pipe.lines if "November" in line]
    assert days == ["Saturday 28 November 2026", "Sunday 29 November 2026"]


def test_the_day_of_nothing_is_nothing() -> None:
    pipe = Pipe()
    draw_timeline(pipe.console, order_rows(ORDER.model_copy(update={"lines": []})))
    assert pipe.lines == []


def scouting(progress: Progress, summary: str, **stamps: int) -> None:
    progress.feed({"type": "RUN_STARTED", "threadId": "t", "runId": "r"})
    progress.feed({"type": "STEP_STARTED", "stepName": "scout"})
    started = {"type": "SUBAGENT_STARTED", "subagentRunId": "s", "name": "scout", "description": "Looks for offers"}
    progress.feed(started | ({"timestamp": stamps["begin"]} if stamps else {}))
    for _ in range(9):
        progress.feed(
            {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "ask_partner", "subagentRunId": "s"}
        )
    finished = {"type": "SUBAGENT_FINISHED", "subagentRunId": "s", "result": {"summary": summary}}
    progress.feed(finished | ({"timestamp": stamps["end"]} if stamps else {}))
    progress.feed({"type": "STEP_FINISHED", "stepName": "scout"})


def test_a_finished_specialist_leaves_one_line() -> None:
    pipe = Pipe()
    with Progress(pipe.console) as progress:
        scouting(progress, "asked 9 partners · 14 offers", begin=1_000, end=1_320)
    assert pipe.lines == ["✓ scout      asked 9 partners · 14 offers  0.3 s"]


def test_without_a_summary_the_tools_are_told() -> None:
    pipe = Pipe()
    with Progress(pipe.console) as progress:
        scouting(progress, "", begin=0, end=45)
    assert pipe.lines == ["✓ scout      Looks for offers · ask partner ×9  45 ms"]


def test_without_timestamps_our_own_clock_counts() -> None:
    moments = iter([10.0, 12.5])
    pipe = Pipe()
    with Progress(pipe.console, clock=lambda: next(moments)) as progress:
        scouting(progress, "14 offers")
    assert pipe.lines == ["✓ scout      14 offers  2.5 s"]


def test_a_failed_specialist_says_why() -> None:
    pipe = Pipe()
    with Progress(pipe.console, clock=lambda: 0.0) as progress:
        progress.feed({"type": "SUBAGENT_STARTED", "subagentRunId": "s", "name": "orders"})
        progress.feed({"type": "SUBAGENT_ERROR", "subagentRunId": "s", "message": "Petal & Stem is silent"})
    assert pipe.lines == ["✗ orders     Petal & Stem is silent  0 ms"]


def test_a_terminal_shows_who_is_at_work_below_what_is_done() -> None:
    screen = io.StringIO()
    with Progress(Console(file=screen, width=80, force_terminal=True, color_system=None)) as progress:
        progress.feed({"type": "SUBAGENT_STARTED", "subagentRunId": "p", "name": "timechain"})
        scouting(progress, "14 offers")
    drawn = screen.getvalue()
    assert drawn.index("✓ scout") < drawn.rindex("timechain")


def test_events_that_do_not_concern_it_are_ignored() -> None:
    pipe = Pipe()
    with Progress(pipe.console) as progress:
        progress.feed({"type": "SUBAGENT_FINISHED", "subagentRunId": "unknown"})
        progress.feed({"type": "STEP_FINISHED", "stepName": "unknown"})
        progress.feed({"type": "STATE_SNAPSHOT", "snapshot": {}})
        progress.feed({})
    assert pipe.lines == []


def test_days_are_named_in_the_language_of_the_conversation() -> None:
    written = io.StringIO()
    console = Console(file=written, width=100)
    draw_timeline(console, plan_rows(PLAN, home=HOME, say=speech("de")), speech("de"))
    assert "Samstag, 28. November 2026" in written.getvalue()
