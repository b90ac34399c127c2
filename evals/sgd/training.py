"""Learn the resolver's weights from dialogues: ``python -m evals.sgd.training FOLDER [--out weights.npz]``.

What is learned is general: rows of features (likeness, words, dialogue state) and which of them were right. So that
it does not become knowledge of the services in the folder, they are varied: all services of a dialogue are also shown
as if they were one, and every service also has slots of others that nobody asks for. Earlier turns are as annotated.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

import agents.intent.follow
from agents.intent.follow.catalogue import Catalogue, Field
from agents.intent.follow.choosing import features
from agents.intent.follow.ground import Ground, Situation
from agents.intent.follow.heard import Heard, heard
from agents.intent.follow.listed import listed_options
from agents.intent.follow.network import Floats, Network, store
from agents.intent.follow.spoken import spoken_options
from agents.intent.vocabulary import readable
from evals.sgd.learning import Example, Recipe, train
from evals.sgd.loading import Dialogue, Folder, Turn, load
from evals.sgd.scoring import domain, same_value
from schemas.capability import Capability

RECIPES = {
    "choice": Recipe(hidden=(24,), epochs=12, none=False, rate=2e-3, feature_dropout=0.2),
    "listed": Recipe(hidden=(32, 16), epochs=10, none=True),
    "spoken": Recipe(hidden=(64, 24), epochs=10, none=True),
}
JURORS = {"choice": 4, "listed": 3, "spoken": 3}
_SHOWN = 3  # how often a turn that goes over to another intent is shown: most turns stay
_GRAFTS = 2  # how often each first message is said in the middle of another dialogue
_LEADS = (
    "",
    "",
    "",
    "Thanks. ",
    "Great! ",
    "Sounds good. ",
    "Okay, thank you. ",
    "That works for me. ",
    "Also, ",
    "Yes. ",
)
_TWINNED = 0.25  # share of the turns that are shown with two kinds of the capability in hand
_KINDS = (
    "direct", "shared", "private", "weekly", "daily", "local", "international", "guided", "seasonal", "used", "new",
    "vegan", "night", "group", "family", "business", "express", "online", "indoor", "outdoor", "long-term", "overnight",
)  # fmt: skip
_ASKS = (
    "{verb} {kind} {what} instead.", "I would like {kind} {what}.", "What about {kind} {what}?",
    "Can you {verb} {kind} ones?", "I need a {kind} one.", "Please find me some {kind} {what}.",
    "I want {kind} {what}, please.", "Are there {kind} {what}?",
)  # fmt: skip
_OPENED = 16  # how often each capability is asked for by its name
_OPENINGS = (
    "I want to", "I need to", "Can you", "Please", "I'd like to", "Help me to", "Could you help me", "I am looking to",
    "Hi, I would like to", "Will you",
)  # fmt: skip
_WAYS = (
    (
        "book",
        "book a",
        "reserve a",
        "reserve",
        "book",
        "make a reservation for a",
        "book me a",
        "get a reservation for a",
    ),
    ("buy", "purchase", "get", "book", "get me some"),
    ("find", "search for", "look for", "look up", "search", "find me a", "discover", "see some", "lookup", "browse"),
    ("check", "get", "see", "look at", "know", "find out"),
    ("schedule", "schedule a", "set up a", "arrange a", "make a"),
    ("play", "listen to", "watch", "put on", "start"),
    ("transfer", "send", "make a transfer of", "wire"),
    ("add", "create", "make", "put in", "new"),
)
_TAILS = (
    "",
    "",
    ".",
    ", please.",
    " for 2 people.",
    " on March 5th.",
    " for tomorrow at 7 pm.",
    " in Seattle.",
    " today?",
    " for me?",
)
_BORROWED = 3  # slots of other services shown with each service
_UNLIKE = 0.55  # cosine below which a borrowed slot is no way to say one of the service's own


@dataclass(slots=True)
class Told:
    """What was said and understood up to a turn."""

    active: str | None = None
    """The capability in hand, by id."""
    forms: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each service's slots hold."""
    started: dict[str, str] = field(default_factory=dict)
    """A capability of each service that was talked of."""
    utterances: list[tuple[bool, Heard]] = field(default_factory=list)


def turns_of(dialogue: Dialogue) -> Iterator[tuple[Turn, Told, str | None]]:
    """Each turn with what was told before it and the capability that it is about, once there is one."""
    told = Told()
    for turn in dialogue.turns:
        case = turn.case
        about = f"{case.service}/{case.intent}" if case else told.active
        yield turn, told, about
        if case and about:
            told.forms[case.service] = {name: values[-1] for name, values in case.state.items()}
            told.started[case.service] = told.active = about
        told.utterances += [(True, heard(turn.heard))] if turn.heard else []
        told.utterances.append((False, heard(turn.message)))


def choices(folder: Folder, *, merged: bool = False) -> list[Example]:
    """Which capability each turn is about, among its dialogue's services and, where one starts, among all."""
    everything = Catalogue(folder.capabilities)
    examples: list[Example] = []
    for dialogue in folder.dialogues:
        own = folder.of_services(dialogue.services)
        if merged:
            if len(dialogue.services) == 1:
                continue
            own = tuple(capability.model_copy(update={"service": "all"}) for capability in own)
        catalogue = Catalogue(own)
        for turn, told, about in turns_of(dialogue):
            if about is None:
                continue
            switches = told.active not in (None, about)
            examples += [_choice(catalogue, turn, told, [about])] * (_SHOWN if switches else 1)
            if turn.case and turn.case.starts and not merged:
                service, intent = about.split("/")
                same = [c.id for c in folder.capabilities if c.name == intent and domain(c.service) == domain(service)]
                examples.append(_choice(everything, turn, told, same))
    return examples


def _switches(folder: Folder, *, seed: int) -> list[Example]:
    """The first message of one dialogue said in the middle of another about other services.

    Real switches are few, and always between the same services; these are between any two.
    """
    random = np.random.default_rng(seed)
    moments = [
        (dialogue.services, turn.heard, _kept(told))
        for dialogue in folder.dialogues
        for turn, told, _ in turns_of(dialogue)
        if told.active is not None
    ]
    examples: list[Example] = []
    for dialogue in folder.dialogues * _GRAFTS:
        services, said, told = moments[int(random.integers(len(moments)))]
        first = dialogue.turns[0]
        if first.case is None or {domain(one) for one in services} & {domain(one) for one in dialogue.services}:
            continue
        lead = _LEADS[int(random.integers(len(_LEADS)))]
        capabilities = folder.of_services((*services, *dialogue.services))
        if random.random() < 0.5:
            capabilities = tuple(one.model_copy(update={"service": "all"}) for one in capabilities)
        catalogue = Catalogue(capabilities)
        turn = Turn(said, f"{lead}{first.message}", first.case)
        examples.append(_choice(catalogue, turn, told, [f"{first.case.service}/{first.case.intent}"]))
    return examples


def _kinds(folder: Folder, *, seed: int) -> list[Example]:
    """The capability in hand beside one of the same service that differs in a word ("SearchDirectFerry").

    The person goes over to the other kind by naming it, or goes on with what they really said.
    """
    random = np.random.default_rng(seed)
    examples: list[Example] = []
    for dialogue in folder.dialogues:
        own = folder.of_services(dialogue.services)
        for turn, told, about in turns_of(dialogue):
            if told.active is None or about != told.active or random.random() > _TWINNED:
                continue
            active = next(one for one in own if one.id == about)
            verb, *things = readable(active.name).split()
            kind, other = (_KINDS[int(k)] for k in random.choice(len(_KINDS), size=2, replace=False))
            twins = [_of_kind(active, word) for word in (kind, other)]
            twins[0] = twins[0].model_copy(update={"id": about})
            catalogue = Catalogue([one for one in own if one.id != about] + twins)
            shown, right = turn, about
            if random.random() < 0.5:
                ask = _ASKS[int(random.integers(len(_ASKS)))]
                words = ask.format(verb=verb.lower(), what=" ".join(things).lower(), kind=other)
                lead = _LEADS[int(random.integers(len(_LEADS)))]
                shown, right = replace(turn, message=f"{lead}{words}"), twins[1].id
            examples.append(_choice(catalogue, shown, told, [right]))
    return examples


def _openings(folder: Folder, *, seed: int) -> list[Example]:
    """Each capability asked for by its name in ordinary words, at the start or in the middle of a dialogue."""
    random = np.random.default_rng(seed)
    moments = [
        (dialogue.services, turn.heard, _kept(told))
        for dialogue in folder.dialogues
        for turn, told, _ in turns_of(dialogue)
    ]
    examples: list[Example] = []
    for capability in folder.capabilities * _OPENED:
        verb, *things = readable(capability.name).lower().split()
        ways = next((ways for ways in _WAYS if verb in ways), (verb,))
        opening, way, tail = (one[int(random.integers(len(one)))] for one in (_OPENINGS, ways, _TAILS))
        services, said, told = moments[int(random.integers(len(moments)))]
        if random.random() < 0.6 or capability.service in services:
            services, said, told = (
                (folder.capabilities[int(random.integers(len(folder.capabilities)))].service,),
                "",
                Told(),
            )
        catalogue = Catalogue(folder.of_services((*services, capability.service)))
        turn = Turn(said, f"{opening} {way} {' '.join(things)}{tail}", None)
        examples.append(_choice(catalogue, turn, told, [capability.id]))
    return examples


def _kept(told: Told) -> Told:
    return replace(told, forms=dict(told.forms), started=dict(told.started))


def _of_kind(capability: Capability, kind: str) -> Capability:
    verb, *things = readable(capability.name).split()
    head, _, rest = capability.description.partition(" ")
    return capability.model_copy(
        update={
            "id": f"{capability.id} {kind}",
            "name": verb + "".join(word.title() for word in kind.replace("-", " ").split()) + "".join(things),
            "description": f"{head} {kind} {rest}",
        }
    )


def _choice(catalogue: Catalogue, turn: Turn, told: Told, right: Sequence[str]) -> Example:
    filled: dict[int, set[str]] = {}
    for service, identifier in told.started.items():
        family = int(catalogue.family_of[catalogue.by_id[identifier]])
        filled.setdefault(family, set()).update(told.forms.get(service, ()))
    rows = features(
        catalogue,
        heard(turn.message),
        heard(turn.heard) if turn.heard else None,
        active=catalogue.by_id[told.active] if told.active else None,
        filled=filled,
        at=np.arange(len(catalogue.capabilities)),
    )
    return Example(rows, np.array([capability.id in right for capability in catalogue.capabilities]))


def fillings(folder: Folder, *, seed: int, borrow: int = _BORROWED) -> tuple[list[Example], list[Example]]:
    """What each slot takes in each turn: examples for listed values, and for stretches of words."""
    random = np.random.default_rng(seed)
    fields: dict[str, dict[str, Field]] = {}
    for capability in folder.capabilities:
        fields.setdefault(capability.service, {}).update({slot.name: Field.of(slot) for slot in capability.slots})
    by_id = {capability.id: capability for capability in folder.capabilities}
    lendable = [(service, one) for service, own in fields.items() for one in own.values() if one.slot.values]
    listed: list[Example] = []
    spoken: list[Example] = []
    for dialogue in folder.dialogues:
        for turn, told, about in turns_of(dialogue):
            if about is None:
                continue
            capability = by_id[about]
            own = list(fields[capability.service].values())
            lent = _borrowed(own, capability.service, lendable, random, borrow)
            ground = Ground(_situation(turn, told, capability, fields=fields, lent=lent, random=random), [*own, *lent])
            informed = turn.case.informed if turn.case else {}
            for i, one in enumerate(ground.fields):
                gold = informed.get(one.slot.name) if i < len(own) else None
                texts, rows = _options(ground, i)
                right = [gold is not None and same_value(text, gold, listed=bool(one.slot.values)) for text in texts]
                if texts and (gold is None or any(right)):
                    (listed if one.slot.values else spoken).append(Example(rows, np.array(right)))
    return listed, spoken


def _options(ground: Ground, i: int) -> tuple[list[str], Floats]:
    if ground.fields[i].slot.values:
        return listed_options(ground, i)
    candidates, rows = spoken_options(ground, i)
    return [candidate.text for candidate in candidates], rows


def _borrowed(
    own: Sequence[Field],
    service: str,
    lendable: Sequence[tuple[str, Field]],
    random: np.random.Generator,
    count: int,
) -> list[Field]:
    lent: list[Field] = []
    for k in random.integers(len(lendable), size=count):
        lender, one = lendable[int(k)]
        if lender != service and all(_unlike(one, other) for other in [*own, *lent]):
            lent.append(one)
    return lent


def _unlike(one: Field, other: Field) -> bool:
    shared = one.slot.type == "category" and set(one.slot.values) & set(other.slot.values)
    return one.slot.name != other.slot.name and not shared and float(one.description @ other.description) < _UNLIKE


def _situation(
    turn: Turn,
    told: Told,
    capability: Capability,
    *,
    fields: dict[str, dict[str, Field]],
    lent: Sequence[Field],
    random: np.random.Generator,
) -> Situation:
    service = capability.service
    taken = [one.slot.name for one in lent]
    return Situation(
        message=heard(turn.message),
        before=heard(turn.heard) if turn.heard else None,
        earlier=tuple(told.utterances[::-1][:10]),
        form=told.forms.get(service, {}),
        elsewhere=tuple(
            (fields[other][name], value)
            for other, form in told.forms.items()
            if other != service
            for name, value in form.items()
        ),
        active=frozenset([*(slot.name for slot in capability.slots), *(n for n in taken if random.random() < 0.8)]),
        required=frozenset(
            [*(slot.name for slot in capability.slots if slot.required), *(n for n in taken if random.random() < 0.4)]
        ),
        fresh=service not in told.started,
        switched=capability.id != told.active,
    )


def learn(folder: Folder) -> dict[str, list[Network]]:
    """All networks, from the dialogues of one folder."""
    listed, spoken = fillings(folder, seed=1)
    examples = {
        "choice": [
            *choices(folder),
            *choices(folder, merged=True),
            *_switches(folder, seed=1),
            *_kinds(folder, seed=1),
            *_openings(folder, seed=1),
        ],
        "listed": listed,
        "spoken": spoken,
    }
    return {
        judged: [train(examples[judged], recipe, seed=seed) for seed in range(JURORS[judged])]
        for judged, recipe in RECIPES.items()
    }


def main() -> None:
    """Train on a folder and write the weights into the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path(agents.intent.follow.__path__[0]) / "weights.npz")
    arguments = parser.parse_args()
    store(arguments.out, learn(load(arguments.folder)))


if __name__ == "__main__":
    main()
