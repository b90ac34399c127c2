"""When nothing fits, the person is offered the changes that would work: which one they take, and what it makes of the
request.

The planner has proven each change, so taking one is structure and not a sentence to be read again.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from schemas.intent import Intent, Need
from schemas.plan import Change
from schemas.timing import TimeWindow, Timing

_ORDINALS = ("first", "second", "third", "fourth")
_NUMBERS = ("one", "two", "three", "four")
_SAID = re.compile(r"[^\W_]+")
_YES = frozenset({"yes", "ok", "okay", "sure", "fine", "good", "please"})
_AROUND = _YES | frozenset(
    {"a", "and", "choose", "do", "go", "i", "just", "let", "like", "ll", "me", "number", "one", "option", "prefer", "s"}
    | {"sounds", "take", "that", "the", "then", "this", "try", "want", "we", "will", "with", "works", "would", "d"}
)
"""Words that may stand around a choice ("let's go with the second one, please")."""


def taken(said: str, intent: Intent | None, changes: Sequence[Change]) -> Intent | None:
    """The request with the change that the whole message ``said`` picks: by its number, "the last", or its own words.

    "Ok" takes the least change: it leads to a proposal, and to no purchase yet. None when the message says anything
    else, so that it can be read by itself.
    """
    change = _picked(_words(said), changes)
    return _with(intent, change) if intent and change else None


def _picked(words: list[str], changes: Sequence[Change]) -> Change | None:
    for change in changes:
        if words and words == _words(change.message):
            return change
    places = {place for word in words if (place := _place(word, len(changes))) is not None}
    if len(places) > 1 and "one" in words:  # in "the second one" it is no number
        places.discard(0)
    if not places and _YES.intersection(words):
        places.add(0)
    rest = [word for word in words if _place(word, len(changes)) is None and word not in _AROUND]
    place = places.pop() if len(places) == 1 and not rest else len(changes)
    return changes[place] if place < len(changes) else None


def _with(intent: Intent, change: Change) -> Intent:
    """The request with the change made: the same reading as if the person had said it in words."""
    update: dict[str, object] = {"kind": "change", "target": change.need_id}
    match change.field:
        case "drop":
            update["needs"] = [need for need in intent.needs if need.id != change.need_id]
            update["relations"] = [r for r in intent.relations if change.need_id not in (r.first, r.second)]
            update["target"] = None
        case "relation":
            update["relations"] = [relation for relation in intent.relations if relation != change.relation]
        case "budget" if change.need_id is None:
            update["budget"] = change.budget
        case _:
            update["needs"] = [_moved(need, change) if need.id == change.need_id else need for need in intent.needs]
    return intent.model_copy(update=update)


def _moved(need: Need, change: Change) -> Need:
    if change.field == "budget":
        return need.model_copy(update={"budget": change.budget, "cheaper_than": None})
    assert change.moment is not None, "a change of time names the moment"
    timing = need.timing
    window = _reaching(timing.start if change.field == "start" else timing.end, change.moment)
    day = timing.day if timing.day.open else _reaching(timing.day, change.moment)
    moved = Timing.model_validate({**dict(timing), change.field: window, "day": day})
    return need.model_copy(update={"timing": moved})


def _reaching(window: TimeWindow, moment: datetime) -> TimeWindow:
    """The window with its nearer bound moved to ``moment``; one that was a moment stays one."""
    if window.start is not None and window.start == window.end:
        return TimeWindow(start=moment, end=moment)
    if window.start is not None and moment < window.start:
        return TimeWindow(start=moment, end=window.end)
    if window.end is not None and moment > window.end:
        return TimeWindow(start=window.start, end=moment)
    return window


def _words(text: str) -> list[str]:
    return [word.lower() for word in _SAID.findall(text)]


def _place(word: str, count: int) -> int | None:
    """The position that a word names: "2", "2nd", "second" and "two" are 1; "last" is the last."""
    if word == "last":
        return count - 1
    for names in (_ORDINALS, _NUMBERS):
        if word in names:
            return names.index(word)
    digits = re.fullmatch(r"(\d)(?:st|nd|rd|th)?", word)
    return int(digits[1]) - 1 if digits and digits[1] != "0" else None
