"""What counts as right, and what the figures say."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from evals.sgd.loading import Folder, load
from evals.sgd.replay import run
from evals.sgd.scoring import grade, same_value, score
from schemas.capability import Capability
from schemas.intent import Intent, Need, ResolveContext
from tests.evals.sgd import examples


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return load(examples.write(tmp_path))


class Scripted:
    """A resolver that answers each message from a list and remembers what it was shown."""

    def __init__(self, answers: dict[str, tuple[str, dict[str, object]]]) -> None:
        self.answers = answers
        self.contexts: list[ResolveContext] = []

    async def __call__(self, message: str, *, context: ResolveContext, capabilities: Sequence[Capability]) -> Intent:
        self.contexts.append(context)
        if message not in self.answers:
            return Intent(kind="small_talk")
        capability_id, slots = self.answers[message]
        needs = [Need(id="n1", text=message, capability_id=capability_id, slots=slots)]
        return Intent(kind="request", needs=needs)


RIGHT = {
    "Is there a kennel for my dog in Bath?": ("Kennels_1/FindKennel", {"town": "bath", "animal": "dog"}),
    "Yes, from tomorrow.": (
        "Kennels_1/BookKennel",
        {"town": "bath", "animal": "dog", "kennel_name": "Happy Paws", "arrival_date": "tomorrow"},
    ),
    "Great. Any boat trips from Bristol?": ("Trips_1/FindTrip", {"harbour": "Bristol"}),
}


@pytest.mark.parametrize(
    ("said", "values", "listed", "same"),
    [
        ("half past  11", ["11:30", "Half past 11"], False, True),
        ("San Jose, CA", ["CA San Jose,"], False, True),
        ("San Jose", ["San Francisco"], False, False),
        ("Dog", ["dog"], True, False),
        ("dontcare", ["dontcar"], False, False),
    ],
)
def test_categories_are_exact_and_words_fold_case_spaces_and_order(said, values, listed, same):
    assert same_value(said, values, listed=listed) is same


async def test_a_perfect_reading_scores_one(folder: Folder):
    results = await run(folder, Scripted(RIGHT))
    figures = score(results)
    assert figures["n"] == 3
    for key in ("intent_accuracy", "capability_accuracy", "slot_f1", "joint_goal_accuracy"):
        assert figures[key] == 1.0
    assert all(grade(result).passed for result in results)


async def test_the_wrong_intent_of_the_right_service_keeps_its_slots(folder: Folder):
    message = "Is there a kennel for my dog in Bath?"
    wrong = RIGHT | {message: ("Kennels_1/BookKennel", RIGHT[message][1])}
    figures = score(await run(folder, Scripted(wrong)))
    assert figures["intent_accuracy"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["slot_f1"] == 1.0


async def test_an_invented_slot_costs_precision_and_a_missed_one_recall(folder: Folder):
    message = "Great. Any boat trips from Bristol?"
    invented = score(await run(folder, Scripted(RIGHT | {"Yes, from tomorrow.": (
        "Kennels_1/BookKennel", {**RIGHT["Yes, from tomorrow."][1], "pets": 2})})))  # fmt: skip
    missed = score(await run(folder, Scripted(RIGHT | {message: ("Trips_1/FindTrip", {})})))
    assert (invented["slot_precision"], invented["slot_recall"]) == (pytest.approx(5 / 6, abs=1e-3), 1.0)
    assert (missed["slot_precision"], missed["slot_recall"]) == (1.0, pytest.approx(4 / 5, abs=1e-3))


async def test_figures_are_split_by_services_seen_in_training(folder: Folder):
    figures = score(await run(folder, Scripted(RIGHT)))
    assert (figures["seen"]["n"], figures["unseen"]["n"]) == (2, 1)


async def test_the_resolver_is_shown_what_was_said_and_its_own_reading_only(folder: Folder):
    resolver = Scripted(RIGHT)
    await run(folder, resolver)
    last = resolver.contexts[-1]
    assert [turn.role for turn in last.history] == ["user", "assistant"] * 4
    assert last.intent is not None
    assert last.intent.needs[0].slots == {"harbour": "Bristol"}
    assert resolver.contexts[0].history == []
    assert resolver.contexts[0].intent is None


async def test_progress_is_told_by_dialogue(folder: Folder):
    heard: list[tuple[int, int]] = []
    await run(folder, Scripted(RIGHT), progress=lambda done, of: heard.append((done, of)))
    assert heard == [(1, 1)]
