"""A conversation with services, followed turn by turn: which capability it is about now, and what its slots hold.

Where a partner's service is talked to step by step ("find a hotel there", "how about this one?", "yes, book it"),
meaning depends on what was said before more than on the message. Two judgements are learned from general features:
which capability (:mod:`agents.intent.follow.choosing`), and what each slot takes (:mod:`agents.intent.follow.spoken`,
:mod:`agents.intent.follow.listed`).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.intent.follow.catalogue import Catalogue, Field
from agents.intent.follow.choosing import Floats, features, nearest
from agents.intent.follow.ground import Ground, Situation
from agents.intent.follow.heard import Heard, heard
from agents.intent.follow.listed import listed_options
from agents.intent.follow.network import juries
from agents.intent.follow.pool import fold
from agents.intent.follow.spoken import spoken_options
from agents.intent.language import language_of
from schemas.capability import Capability, Slot
from schemas.intent import Intent, IntentKind, MissingFact, Need, ResolveContext

_LEAST = 0.4
"""How likely a value must be: about half the F1 that is reached, which is where F1 is highest."""
_REMEMBERED = 10  # utterances


class Follower:
    """Follows conversations with one set of capabilities."""

    def __init__(self, capabilities: Sequence[Capability]) -> None:
        self._catalogue = Catalogue(capabilities)

    def read(self, message: str, context: ResolveContext) -> Intent | None:
        """The conversation as it stands after ``message``: its needs so far, the one it is about as target.

        ``None`` if the message is about a capability that is not part of a service, or says nothing.
        """
        said = _Said.of(message, context, self._catalogue)
        if not said.message.words or not self._catalogue.capabilities:
            return None
        chosen, likely = self._choose(said)
        if not self._catalogue.capabilities[chosen].service:
            return None
        return self._told(said, chosen, likely, self._fill(said, chosen))

    def _choose(self, said: "_Said") -> tuple[int, float]:
        """The capability meant, by position, and how likely it is."""
        catalogue = self._catalogue
        talked_of = [member for family in said.forms for member in catalogue.family(family).members]
        at = nearest(catalogue, said.message, talked_of)
        filled = {family: set(form) for family, form in said.forms.items()}
        rows = features(catalogue, said.message, said.before, active=said.active, filled=filled, at=at)
        scores = juries()["choice"].scores(rows)
        best = int(scores.argmax())
        return int(at[best]), float(1 / np.exp(scores - scores[best]).sum())

    def _fill(self, said: "_Said", chosen: int) -> dict[str, str]:
        """What the turn tells of the slots of the service that the capability is part of, in words."""
        catalogue, slots = self._catalogue, self._catalogue.capabilities[chosen].slots
        family = int(catalogue.family_of[chosen])
        elsewhere = tuple(
            (field, form[field.slot.name])
            for other, form in said.forms.items()
            if other != family
            for field in catalogue.family(other).fields
            if field.slot.name in form
        )
        situation = Situation(
            message=said.message,
            before=said.before,
            earlier=said.earlier,
            form=said.forms.get(family, {}),
            elsewhere=elsewhere,
            active=frozenset(slot.name for slot in slots),
            required=frozenset(slot.name for slot in slots if slot.required),
            fresh=family not in said.forms,
            switched=chosen != said.active,
        )
        return _filled(situation, catalogue.family(family).fields)

    def _told(self, said: "_Said", chosen: int, likely: float, informed: Mapping[str, str]) -> Intent:
        """The needs as they stand now. Capabilities of one service share what their slots hold."""
        capability = self._catalogue.capabilities[chosen]
        family = self._catalogue.family(int(self._catalogue.family_of[chosen]))
        ids = {self._catalogue.capabilities[member].id for member in family.members}
        needs = [need.model_copy(deep=True) for need in said.intent.needs] if said.intent else []
        slots: dict[str, Any] = {}
        words: dict[str, str] = {}
        for need in needs:
            if need.capability_id in ids:
                slots |= need.slots
                words |= need.said
        kind: IntentKind = "change" if informed.keys() & slots.keys() else "answer" if informed else "unclear"
        for field in family.fields:
            name = field.slot.name
            if name in informed:
                slots[name], words[name] = _typed(field.slot, informed[name]), informed[name]
        focus = next((need for need in needs if need.capability_id == capability.id), None)
        if focus is None:
            focus = Need(id=f"n{len(needs) + 1}", capability_id=capability.id, text=said.text, query=capability.name)
            needs.append(focus)
        focus.slots, focus.said, focus.confidence = slots, words, round(likely, 3)
        return Intent(
            kind="request" if chosen != said.active else kind,
            needs=needs,
            target=focus.id,
            missing=_missing(focus, capability),
            language=said.language,
            confidence=focus.confidence,
        )


@dataclass(frozen=True, slots=True)
class _Said:
    """A message with what was said and understood before it."""

    text: str
    language: str
    message: Heard
    before: Heard | None
    earlier: tuple[tuple[bool, Heard], ...]
    intent: Intent | None
    active: int | None
    """The capability in hand, by position."""
    forms: dict[int, dict[str, str]]
    """What the slots of each family that was talked of hold, in words."""

    @classmethod
    def of(cls, message: str, context: ResolveContext, catalogue: Catalogue) -> "_Said":
        history, intent = list(context.history), context.intent
        before = heard(history.pop().text) if history and history[-1].role == "assistant" else None
        earlier = tuple((turn.role == "assistant", heard(turn.text)) for turn in reversed(history[-_REMEMBERED:]))
        forms: dict[int, dict[str, str]] = {}
        for need in intent.needs if intent else ():
            position = catalogue.by_id.get(need.capability_id or "")
            if position is not None:
                words = {name: need.said.get(name) or str(value) for name, value in need.slots.items()}
                forms.setdefault(int(catalogue.family_of[position]), {}).update(words)
        focus = intent.focus if intent else None
        active = catalogue.by_id.get(focus.capability_id or "") if focus else None
        language = language_of(message) or context.language
        return cls(message, language, heard(message), before, earlier, intent, active, forms)


@dataclass(frozen=True, slots=True)
class _Value:
    """A value read for a slot."""

    text: str
    likely: float
    key: Hashable
    """The stretch of words it is, if it is one; two slots do not take the same."""


def _filled(situation: Situation, fields: Sequence[Field]) -> dict[str, str]:
    ground = Ground(situation, fields)
    options: list[tuple[str, list[_Value]]] = []
    for i, field in enumerate(fields):
        if field.slot.values:
            values, rows = listed_options(ground, i)
            options.append((field.slot.name, _judged("listed", rows, [(value, None) for value in values])))
        else:
            candidates, rows = spoken_options(ground, i)
            options.append((field.slot.name, _judged("spoken", rows, [(one.text, one.key) for one in candidates])))
    taken: set[Hashable] = {None}
    filled: dict[str, str] = {}
    for name, found in sorted(options, key=lambda option: -max((value.likely for value in option[1]), default=0)):
        value = next((value for value in found if value.key is None or value.key not in taken), None)
        if value is not None:
            filled[name] = value.text
            taken.add(value.key)
    return filled


def _judged(judges: str, rows: Floats, options: Sequence[tuple[str, Hashable]]) -> list[_Value]:
    """The values that are likely enough, best first; the same words found twice count together."""
    if not options:
        return []
    scores = juries()[judges].scores(rows)
    top = max(float(scores.max()), 0.0)
    weights = np.exp(scores - top)
    total = float(weights.sum() + np.exp(-top))
    likely: dict[str, float] = {}
    for (text, _), weight in zip(options, weights, strict=True):
        likely[fold(text)] = likely.get(fold(text), 0.0) + float(weight) / total
    found: dict[str, _Value] = {}
    for k in np.argsort(-scores):
        text, key = options[int(k)]
        if likely[fold(text)] > _LEAST:
            found.setdefault(fold(text), _Value(text, likely[fold(text)], key))
    return sorted(found.values(), key=lambda value: -value.likely)


def _typed(slot: Slot, words: str) -> Any:
    """A value as JSON: a truth or a whole number where the slot says so, else the words."""
    if slot.type == "boolean" and words.lower() in ("true", "false"):
        return words.lower() == "true"
    if slot.type in ("number", "person_count") and words.isdigit():
        return int(words)
    return words


def _missing(need: Need, capability: Capability) -> list[MissingFact]:
    return [
        MissingFact(need_id=need.id, fact=slot.name, question=f"Which {slot.name.replace('_', ' ')} should it be?")
        for slot in capability.slots
        if slot.required and slot.name not in need.slots
    ]
