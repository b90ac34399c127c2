"""Which of its listed values a slot takes, or that it does not matter, as numbers from which small networks judge."""

import re

import numpy as np
from numpy.typing import NDArray

from agents.intent.follow.ground import Ground
from agents.intent.follow.heard import Heard
from agents.intent.words import any_of, stem, word_set
from schemas.intent import ANY

Floats = NDArray[np.float32]

_INDIFFERENT = re.compile(
    r"\b"
    + any_of(r"""
        (?:don'?t|do not|doesn'?t|does not|not) (?:really\s+)?(?:care|mind|matter|have (?:a|any)|particular|picky)
        (?:don'?t|do not|doesn'?t|does not|not) (?:really\s+)?(?:specific|fussy)
        any(?:thing|where|time|one)?\b / whatever / whichever / no preference / no particular / either / up to you / all
        flexible / no object / not an issue / open to
    """),
    re.IGNORECASE,
)
_PEOPLE = frozenset(
    map(
        stem,
        word_set(
            """
            people person persons adults guests passengers riders travelers travellers seats us friends kids children
            family tickets
            """
        ),
    )
)
_AGREES = re.compile(
    r"^\W*" + any_of("yes / yeah / yep / yup / sure / ok / okay / please / absolutely / definitely / correct / i do")
    + r"|^\W*" + any_of("i am / i would / that"),
    re.IGNORECASE,
)  # fmt: skip
_REFUSES = re.compile(r"^\W*" + any_of("no / nope / nah / not / i don'?t / i do not") + r"\b", re.IGNORECASE)
_NOT = word_set("no not without don't doesn't dont isn't non never nor won't")
_MENTION = 15  # features of a value's mention in one utterance
_RECENT = 7  # utterances back to which an offer may still be taken
_BEST = [0, _MENTION, 2 * _MENTION, 2 * _MENTION + 2, 2 * _MENTION + 4]


def listed_options(ground: Ground, i: int) -> tuple[list[str], Floats]:
    """The values of slot ``i`` other than the one it holds, and a row of features for each; the last is "any"."""
    at, field = ground.situation, ground.fields[i]
    values = (*field.slot.values, ANY)
    count = len(field.slot.values)
    boolean = field.slot.type == "boolean"
    own = np.zeros((count + 1, 2 * _MENTION + 6 + 11), np.float32)
    if boolean:
        own[:count, 2 * _MENTION + 6 :] = _affirmed(ground, i)
    else:
        own[:count, : 2 * _MENTION + 6] = np.concatenate(
            [
                _mentioned(ground, i, at.message),
                _mentioned(ground, i, at.before),
                _alike(ground, i),
                _offered(ground, i),
            ],
            axis=1,
        )
    held = at.form.get(field.slot.name)
    frame = np.zeros((count + 1, 10), np.float32)
    frame[:count, 0], frame[:count, 1], frame[:count, 2] = boolean, field.numeric, not (boolean or field.numeric)
    frame[count, 3], frame[count, 4] = 1, bool(_INDIFFERENT.search(at.message.text))
    frame[:, 5] = count / 10
    frame[:, 6] = min(3, own[:count, 0].sum())
    frame[:, 7] = held == ANY
    for other, text in at.elsewhere:
        if text in values:
            k = values.index(text)
            frame[k, 8], frame[k, 9] = 1, max(frame[k, 9], float(other.description @ field.description))
    shared = np.concatenate([own[:count].max(axis=0)[_BEST], ground.by_slot[i]])
    rows = np.concatenate([own, frame, np.repeat(shared[None], count + 1, axis=0)], axis=1).astype(np.float32)
    kept = [k for k, value in enumerate(values) if value != held]
    return [values[k] for k in kept], rows[kept]


def _mentioned(ground: Ground, i: int, said: Heard | None) -> Floats:
    """Whether each value is said in an utterance, and whether what stands beside it speaks for this slot."""
    field = ground.fields[i]
    rows = np.zeros((len(field.slot.values), _MENTION), np.float32)
    if said is None or not said.words:
        return rows
    for k, value in enumerate(field.slot.values):
        stems = field.value_stems[k]
        if field.numeric:
            places = [j for j, word in enumerate(said.numbers) if word == value]
        else:
            places = [j for j, word in enumerate(said.stems) if tuple(said.stems[j : j + len(stems)]) == stems]
        rows[k, 0] = len(places)
        rows[k, 1] = sum(word in said.stem_set for word in stems) / max(1, len(stems))
        if places:
            rows[k, 2:14] = _beside(ground, i, said, places)
        rows[k, 14] = len(field.value_groups[k] & said.groups)
    return rows


def _beside(ground: Ground, i: int, said: Heard, places: list[int]) -> list[float]:
    """What stands round the mention that suits the slot best."""
    field, length = ground.fields[i], len(said.words)
    at = np.array(places)
    after = said.vectors(np.minimum(at + 1, length), np.minimum(at + 4, length))
    before = said.vectors(np.maximum(at - 3, 0), at)
    like = np.stack([v @ w for w in (field.description, field.name) for v in (after, before)], axis=1)
    margins = like[:, :2]
    if ground.rivals[i]:
        rivals = ground.descriptions[ground.rivals[i]].T
        margins = margins - np.stack([(after @ rivals).max(axis=1), (before @ rivals).max(axis=1)], axis=1)
    found: list[list[float]] = []
    for m, j in enumerate(places):
        right, left = set(said.stems[j + 1 : j + 4]), set(said.stems[max(0, j - 4) : j])
        close = set(said.stems[j + 1 : j + 3])
        found.append(
            [
                *like[m],
                *margins[m],
                len(field.all_stems & close) - len(ground.theirs[i] & close),
                len(field.all_stems & left) - len(ground.theirs[i] & left),
                len(ground.own[i] & (right | left)),
                len(ground.theirs[i] & (right | left)),
                bool(_NOT & set(said.words[max(0, j - 3) : j])),
                bool(_PEOPLE & close) * (1 if field.people else -1),
            ]
        )
    return max(found, key=lambda row: row[0] + row[4] + row[6])


def _alike(ground: Ground, i: int) -> Floats:
    """How like each value's own words are to some word of the message, and of what it answers."""
    field, at = ground.fields[i], ground.situation
    rows = np.zeros((len(field.slot.values), 4), np.float32)
    for t, said in enumerate((at.message, at.before)):
        if said is not None and not field.numeric and said.telling.any():
            rows[:, 2 * t] = (field.values @ said.word_vectors[said.telling].T).max(axis=1)
            rows[:, 2 * t + 1] = rows[:, 2 * t] - rows[:, 2 * t].max()
    return rows


def _offered(ground: Ground, i: int) -> Floats:
    """Whether we named each value a short while ago, and how long."""
    field = ground.fields[i]
    rows = np.zeros((len(field.slot.values), 2), np.float32)
    if field.numeric:
        return rows
    for back, (ours, said) in enumerate(ground.situation.earlier[:_RECENT]):
        if ours:
            for k, stems in enumerate(field.value_stems):
                if not rows[k, 0] and said.stem_set.issuperset(stems):
                    rows[k] = 1, back / 6
    return rows


def _affirmed(ground: Ground, i: int) -> Floats:
    """For yes and no: whether the slot's words are said, and in the affirmative, in the message or what it answers."""
    field, at = ground.fields[i], ground.situation
    truth = np.array([1 if value.lower() in ("true", "yes") else -1 for value in field.slot.values], np.float32)
    rows = np.zeros((len(truth), 11), np.float32)
    rows[:, 0] = truth
    for t, said in enumerate((at.message, at.before)):
        if said is None:
            continue
        places = [j for j, word in enumerate(said.stems) if word in field.key_stems]
        mood = -1 if _NOT & said.word_set else 1
        if places:
            rows[:, 1 + 4 * t] = truth * (-1 if _NOT & set(said.words[max(0, places[0] - 5) : places[0]]) else 1)
        rows[:, 2 + 4 * t] = truth * mood
        rows[:, 3 + 4 * t] = len(places) / 2
        rows[:, 4 + 4 * t] = truth * mood * len(field.key_stems & said.stem_set) / max(1, len(field.key_stems))
    answer = bool(_AGREES.search(at.message.text)) - bool(_REFUSES.search(at.message.text))
    rows[:, 9] = truth * answer
    rows[:, 10] = truth * answer * (ground.asked[i, 2] == ground.asked[:, 2].max())
    return rows
