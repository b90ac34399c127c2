"""Every suite there is, by name; one is loaded only when it is run."""

from importlib import import_module
from typing import Any

from evals.harness.suite import EvaluationError, Suite

_SUITES = {
    "scenarios": "evals.scenarios.suite:ScenariosSuite",
    "intents": "evals.intents.suite:IntentsSuite",
    "scope": "evals.scope.suite:ScopeSuite",
    "sgd": "evals.sgd.suite:SgdSuite",
}
NEED_DATA = frozenset({"sgd"})
"""Suites whose cases come from a folder that is not ours to ship."""


def names() -> list[str]:
    """The suites' names, in the order in which they are run."""
    return list(_SUITES)


def load(name: str) -> Suite[Any, Any, Any]:
    """The suite of that name, or of one's own, written ``module:Class``.

    Raises:
        EvaluationError: there is none.
    """
    module, _, made = _SUITES.get(name, name).partition(":")
    try:
        suite: Suite[Any, Any, Any] = getattr(import_module(module), made)()
    except (ModuleNotFoundError, AttributeError, ValueError) as error:
        raise EvaluationError(f"There is no suite {name!r} ({error}). There are: {', '.join(_SUITES)}.") from error
    return suite
