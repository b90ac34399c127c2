"""A small folder of the data set's form, about services that the data set does not have."""

import json
from pathlib import Path
from typing import Any

KENNEL = {
    "service_name": "Kennels_1",
    "description": "Find and book kennels for pets",
    "slots": [
            {"name": "animal", "description": "Kind of pet", "is_categorical": True, "possible_values": ["dog", "cat"]},
            {"name": "town", "description": "Town of the kennel", "is_categorical": False, "possible_values": []},
            {"name": "kennel_name", "description": "Name", "is_categorical": False, "possible_values": []},
            {"name": "arrival_date", "description": "Day", "is_categorical": False, "possible_values": []},
            {"name": "has_garden", "description": "Whether it has a garden", "is_categorical": True,
             "possible_values": ["True", "False"]},
            {"name": "pets", "description": "How many pets", "is_categorical": True, "possible_values": ["1", "2"]},
    ],
    "intents": [
        {"name": "FindKennel", "description": "Look for a kennel in a town", "is_transactional": False,
         "required_slots": ["town"], "optional_slots": {"animal": "dontcare", "has_garden": "dontcare"}},
        {"name": "BookKennel", "description": "Book a place in a kennel", "is_transactional": True,
         "required_slots": ["kennel_name", "arrival_date"], "optional_slots": {"pets": "1"}},
    ],
}  # fmt: skip
TRIPS = {
    "service_name": "Trips_1",
    "description": "Day trips by boat",
    "slots": [{"name": "harbour", "description": "Where it starts", "is_categorical": False, "possible_values": []}],
    "intents": [
        {"name": "FindTrip", "description": "Look for a boat trip", "is_transactional": False,
         "required_slots": ["harbour"], "optional_slots": {}},
    ],
}  # fmt: skip


def user(utterance: str, **frames: tuple[str, dict[str, list[str]]]) -> dict[str, Any]:
    """A message of the person; for each service its active intent and slot values after it."""
    return {
        "speaker": "USER",
        "utterance": utterance,
        "frames": [
            {"service": service, "state": {"active_intent": intent, "slot_values": values}}
            for service, (intent, values) in frames.items()
        ],
    }


def system(utterance: str) -> dict[str, Any]:
    """A message of ours."""
    return {"speaker": "SYSTEM", "utterance": utterance, "frames": []}


DIALOGUE = {
    "dialogue_id": "1_00000",
    "services": ["Kennels_1", "Trips_1"],
    "turns": [
        user("Is there a kennel for my dog in Bath?", Kennels_1=("FindKennel", {"town": ["Bath"], "animal": ["dog"]})),
        system("There is Happy Paws in Bath. Shall I book it?"),
        user("What is the address?", Kennels_1=("FindKennel", {"town": ["Bath"], "animal": ["dog"]})),
        system("12 High Street."),
        user(
            "Yes, from tomorrow.",
            Kennels_1=(
                "BookKennel",
                {"town": ["Bath"], "animal": ["dog"], "kennel_name": ["Happy Paws"], "arrival_date": ["tomorrow"]},
            ),
        ),
        system("It is booked for March 2nd."),
        user(
            "Great. Any boat trips from Bristol?",
            Kennels_1=(
                "BookKennel",
                {
                    "town": ["Bath"],
                    "animal": ["dog"],
                    "kennel_name": ["Happy Paws"],
                    "arrival_date": ["tomorrow", "March 2nd"],
                },
            ),
            Trips_1=("FindTrip", {"harbour": ["Bristol"]}),
        ),
        system("There are three."),
        user("Thank you, bye.", Trips_1=("NONE", {"harbour": ["Bristol"]})),
    ],
}


def write(folder: Path) -> Path:
    """A split with both services and one dialogue, and beside it one for training that knows only the kennels."""
    for name, services in (("dev", [KENNEL, TRIPS]), ("train", [KENNEL])):
        (folder / name).mkdir()
        (folder / name / "schema.json").write_text(json.dumps(services))
    (folder / "dev" / "dialogues_001.json").write_text(json.dumps([DIALOGUE]))
    return folder / "dev"
