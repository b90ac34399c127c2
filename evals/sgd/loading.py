"""The Schema-Guided Dialogue format as capabilities and dialogues.

A folder holds ``schema.json`` (the services, their intents and slots) and ``dialogues_*.json`` (two-sided conversations
annotated turn by turn). Each intent of each service becomes a ``Capability``, as a partner would publish it; nothing
of the annotations reaches the resolver. (Rastogi et al., "Towards Scalable Multi-domain Conversational Agents: The
Schema-Guided Dialogue Dataset", AAAI 2020.)
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.capability import Capability, Slot, SlotType
from schemas.errors import InvalidRequestError

Values = tuple[str, ...]
"""The ways in which the data set writes one value ("11:30 am", "half past 11 in the morning")."""

NONE = "NONE"
"""The active intent of a service nothing is wanted of."""


@dataclass(frozen=True, slots=True)
class Case:
    """What one user turn should be understood as."""

    id: str
    service: str
    intent: str
    starts: bool
    """Whether the intent was not active in this service before the turn."""
    informed: Mapping[str, Values]
    """Slots whose value is new in this turn."""
    state: Mapping[str, Values]
    """All slots of the service after the turn."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the person, what the system had said before it, and what is asked of its reading."""

    heard: str
    message: str
    case: Case | None


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One conversation and the services it is held with."""

    id: str
    services: tuple[str, ...]
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Folder:
    """One split of the data set."""

    capabilities: tuple[Capability, ...]
    dialogues: tuple[Dialogue, ...]
    seen: frozenset[str]
    """The services that the split for training knows; empty when there is none beside this one."""

    def of_services(self, services: tuple[str, ...]) -> tuple[Capability, ...]:
        """The capabilities of these services."""
        return tuple(capability for capability in self.capabilities if capability.service in services)


def load(folder: Path, *, train: Path | None = None, files: int | None = None) -> Folder:
    """Read a folder; ``train`` is the split to tell seen services by, the sibling of that name if there is one.

    ``files`` limits how many dialogue files are read, in the order of their names. Raises ``InvalidRequestError`` if
    the folder is not of this format.
    """
    services = _services(folder)
    train = train or folder.parent / "train"
    seen = frozenset(_services(train)) if (train / "schema.json").is_file() and train != folder else frozenset[str]()
    capabilities = tuple(c for service in services.values() for c in capabilities_of(service))
    paths = sorted(folder.glob("dialogues_*.json"))[:files]
    dialogues = [dialogue_of(row) for path in paths for row in json.loads(path.read_text("utf-8"))]
    return Folder(capabilities, tuple(dialogues), seen)


def capabilities_of(service: Mapping[str, Any]) -> list[Capability]:
    """One capability for each intent; those of one service share slots by name."""
    slots = {slot["name"]: slot for slot in service["slots"]}
    return [
        Capability(
            id=f"{service['service_name']}/{intent['name']}",
            name=intent["name"],
            description=f"{intent['description']}. {service['description']}.",
            slots=tuple(
                _slot(slots[name], required=name in intent["required_slots"])
                for name in (*intent["required_slots"], *intent["optional_slots"])
            ),
            service=service["service_name"],
            commits=intent["is_transactional"],
        )
        for intent in service["intents"]
    ]


def dialogue_of(row: Mapping[str, Any]) -> Dialogue:
    """One annotated conversation."""
    turns: list[Turn] = []
    before: dict[str, Any] = {}
    heard = ""
    for turn in row["turns"]:
        if turn["speaker"] == "SYSTEM":
            heard = turn["utterance"]
            continue
        case = _case(f"{row['dialogue_id']}:{len(turns)}", turn["frames"], before)
        turns.append(Turn(heard, turn["utterance"], case))
        before |= {frame["service"]: frame["state"] for frame in turn["frames"]}
    return Dialogue(row["dialogue_id"], tuple(row["services"]), tuple(turns))


def _case(identifier: str, frames: list[Mapping[str, Any]], before: Mapping[str, Any]) -> Case | None:
    """A turn that starts or changes an intent, or informs slots.

    A turn that moves on to another service carries a frame of each; it is about the one whose intent it starts. What
    an offer taken there and then says of the service left behind is not asked for.
    """
    found: list[Case] = []
    for frame in frames:
        state, old = frame["state"], before.get(frame["service"], {"active_intent": NONE, "slot_values": {}})
        values = {name: tuple(said) for name, said in state["slot_values"].items()}
        known = old["slot_values"]
        informed = {name: said for name, said in values.items() if not set(said) & set(known.get(name, ()))}
        intent = state["active_intent"]
        starts = intent != old["active_intent"]
        if intent != NONE and (starts or informed):
            found.append(Case(identifier, frame["service"], intent, starts, informed, values))
    return max(found, key=lambda case: (case.starts, len(case.informed)), default=None)


def _services(folder: Path) -> dict[str, Any]:
    try:
        rows = json.loads((folder / "schema.json").read_text("utf-8"))
        return {row["service_name"]: row for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidRequestError(f"{folder} holds no schema.json of the Schema-Guided Dialogue format.") from error


_BY_WORDS: tuple[tuple[SlotType, str], ...] = (
    ("date", "date day dates"),
    ("money", "price fare cost amount balance rent fee money budget"),
    ("place", "city location area address town place destination origin venue airport station where"),
    ("text", "name title"),
    ("time", "time"),
    ("duration", "duration"),
    ("number", "number count length rating quantity"),
)
_PEOPLE = "people persons person adults guests passengers riders travelers travellers party seats"
_FLAG = frozenset({"true", "false"})


def _slot(row: Mapping[str, Any], *, required: bool) -> Slot:
    values = tuple(row["possible_values"]) if row["is_categorical"] else ()
    return Slot(
        name=row["name"], description=row["description"], type=_type(row, values), values=values, required=required
    )


def _type(row: Mapping[str, Any], values: Values) -> SlotType:
    """The type that the values, else the name, else the description speaks for."""
    name, described = _words(row["name"]), _words(row["description"])
    if values and {value.lower() for value in values} <= _FLAG:
        return "boolean"
    if values and not all(value.isdigit() for value in values):
        return "category"
    if values:
        return "person_count" if {*name, *described} & set(_PEOPLE.split()) else "number"
    for said in ([name[-1]], name, described[:1], described):
        for kind, telling in _BY_WORDS:
            if set(telling.split()) & set(said):
                return kind
    return "text"


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())
