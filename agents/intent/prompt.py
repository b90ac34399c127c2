"""What a language model is told of one message: our rules, and everything else as one JSON document of data.

Only the services that may be meant are shown, so that it does not matter how many there are. Text of others (names
and descriptions from manifests, earlier messages) is cut to size and never leaves the document.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import chain, zip_longest
from typing import Any

from agents.intent.moment import Moment
from schemas.capability import Capability

_CANDIDATES = 16
_TURNS = 6
_LONGEST_TEXT = 400  # characters of any description or earlier message
_VALUES = 20  # of one slot
_PREFERENCES = 20


@cache
def rules() -> str:
    """The instructions, the same for every message."""
    return files("agents.intent").joinpath("prompt.md").read_text("utf-8")


def candidates_for(moment: Moment) -> list[Capability]:
    """The services worth showing: those of the open request, and the best fits of each clause in turn.

    If words and meaning point to too few, any others fill the list.
    """
    index = moment.index
    open_needs = moment.open.needs if moment.open else []
    asked = {need.capability_id: one for need in open_needs if (one := index.capability(need.capability_id))}
    facts = moment.sentence.facts
    clauses = [moment.sentence.of(clause) for clause in moment.sentence.clauses]
    texts = [*((clause.words, clause.raw) for clause in clauses), (facts.bare, facts.text)]
    ranked = [[match.capability for match in row if match.capability is not None] for row in index.rank(texts)]
    best = (capability for capability in chain.from_iterable(zip_longest(*ranked)) if capability is not None)
    chosen: dict[str, Capability] = {}
    for capability in chain(best, index.capabilities):
        if capability.id not in asked:
            chosen[capability.id] = capability
        if len(chosen) == _CANDIDATES:
            break
    return [*asked.values(), *chosen.values()]


def document(moment: Moment, candidates: Sequence[Capability]) -> str:
    """Everything the model may know, as one JSON document, so that no text in it can pass for anything else."""
    context = moment.context
    pending, request = context.pending, moment.open
    return json.dumps(
        {
            "now": context.now.isoformat(timespec="minutes"),
            "zone": context.zone,
            "services": [_service(capability) for capability in candidates],
            "conversation": [
                {"role": turn.role, "text": turn.text[:_LONGEST_TEXT]} for turn in context.history[-_TURNS:]
            ],
            "waiting_for": {"kind": pending.kind, "text": pending.text[:_LONGEST_TEXT]} if pending else None,
            "open_request": [
                {"id": need.id, "service": need.capability_id, "text": need.text[:_LONGEST_TEXT]}
                for need in (request.needs if request else ())
            ],
            "ordered": [
                {"id": line.line_id, "title": line.title[:_LONGEST_TEXT], "state": line.state}
                for line in context.ordered
            ],
            "preferences": [text[:_LONGEST_TEXT] for text in context.preferences[:_PREFERENCES]],
            "message": moment.plain,
        },
        ensure_ascii=False,
    )


def again(problems: Sequence[str]) -> str:
    """What the model is told when its answer cannot be used."""
    return json.dumps({"problems": problems, "task": "Answer again with these put right."}, ensure_ascii=False)


def _service(capability: Capability) -> dict[str, Any]:
    return {
        "id": capability.id,
        "name": capability.name[:_LONGEST_TEXT],
        "description": capability.description[:_LONGEST_TEXT],
        "slots": [
            {
                "name": slot.name,
                "description": slot.description[:_LONGEST_TEXT],
                "values": [value[:_LONGEST_TEXT] for value in slot.values[:_VALUES]],
            }
            for slot in capability.slots
        ],
    }
