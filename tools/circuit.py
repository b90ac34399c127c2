"""Circuit breakers: a partner that keeps failing is left alone for a while.

Without them every proposal would wait for the same dead partner again. One process' memory is enough: each
process learns within three questions, and forgetting at a restart is harmless.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    open_until: float = 0.0


class Circuits:
    """The state of every partner asked lately, by a name of the caller's choice (its endpoint).

    After ``threshold`` failures in a row a circuit is open for ``pause`` seconds. Then one more failure opens it
    again; one success closes it.
    """

    def __init__(self, *, threshold: int = 3, pause: float = 20.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._threshold = threshold
        self._pause = pause
        self._clock = clock
        self._circuits: dict[str, _Circuit] = {}

    def wait(self, name: str) -> float:
        """Seconds until it may be asked again; 0 when now."""
        circuit = self._circuits.get(name)
        return 0.0 if circuit is None else max(0.0, circuit.open_until - self._clock())

    def succeeded(self, name: str) -> None:
        """An answer came: all is forgiven."""
        self._circuits.pop(name, None)

    def failed(self, name: str, *, rest: float | None = None) -> None:
        """No usable answer came; ``rest`` is for how many seconds it asked to be left alone, if it did."""
        circuit = self._circuits.setdefault(name, _Circuit())
        circuit.failures += 1
        if circuit.failures >= self._threshold:
            rest = max(self._pause, rest or 0.0)
        if rest is not None:
            circuit.open_until = self._clock() + rest
