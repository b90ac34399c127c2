"""The Schema-Guided Dialogue format becomes capabilities and cases."""

from pathlib import Path

import pytest

from evals.sgd.loading import Folder, load
from schemas.errors import InvalidRequestError
from tests.evals.sgd import examples


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return load(examples.write(tmp_path))


def test_each_intent_is_a_capability_of_its_service(folder: Folder):
    assert [c.id for c in folder.capabilities] == ["Kennels_1/FindKennel", "Kennels_1/BookKennel", "Trips_1/FindTrip"]
    find, book, _ = folder.capabilities
    assert (find.service, find.commits, book.commits) == ("Kennels_1", False, True)
    assert [slot.name for slot in book.slots if slot.required] == ["kennel_name", "arrival_date"]


def test_slot_types_follow_from_values_and_words(folder: Folder):
    types = {slot.name: slot.type for c in folder.capabilities for slot in c.slots}
    assert types == {
        "animal": "category",
        "town": "place",
        "kennel_name": "text",
        "arrival_date": "date",
        "has_garden": "boolean",
        "pets": "number",
        "harbour": "place",
    }


def test_a_case_is_a_turn_that_starts_an_intent_or_informs_slots(folder: Folder):
    cases = [turn.case for turn in folder.dialogues[0].turns]
    assert [case is not None for case in cases] == [True, False, True, True, False]
    first, _, booked, trip, _ = cases
    assert first is not None and booked is not None and trip is not None
    assert (first.intent, first.starts, first.informed) == ("FindKennel", True, {"town": ("Bath",), "animal": ("dog",)})
    assert (booked.intent, set(booked.informed)) == ("BookKennel", {"kennel_name", "arrival_date"})
    assert (trip.service, trip.informed) == ("Trips_1", {"harbour": ("Bristol",)})


def test_another_way_of_writing_a_known_value_informs_nothing(folder: Folder):
    trip = folder.dialogues[0].turns[3].case
    assert trip is not None and "arrival_date" not in trip.informed


def test_services_of_the_split_for_training_are_seen(folder: Folder):
    assert folder.seen == {"Kennels_1"}


def test_a_folder_of_another_form_is_refused(tmp_path: Path):
    with pytest.raises(InvalidRequestError, match=r"schema\.json"):
        load(tmp_path)
