"""Small networks that judge options: each option is a row of features, each row gets a score.

The weights are learned by ``python -m evals.sgd.training`` and are general: they know features, not services.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_CLIP = 6.0  # standard deviations beyond which a feature says no more


@dataclass(frozen=True, slots=True)
class Network:
    """A few layers with rectifiers between them; one score a row."""

    mean: Floats
    scale: Floats
    layers: tuple[tuple[Floats, Floats], ...]

    def scores(self, rows: Floats) -> Floats:
        """The score of each row: shape ``(rows, features)`` to ``(rows,)``."""
        values = np.clip((rows - self.mean) / self.scale, -_CLIP, _CLIP)
        for weights, bias in self.layers[:-1]:
            values = np.maximum(values @ weights + bias, 0)
        weights, bias = self.layers[-1]
        return np.asarray((values @ weights + bias)[:, 0], np.float32)


@dataclass(frozen=True, slots=True)
class Jury:
    """Several networks that learned the same from different starts; their scores are averaged."""

    networks: tuple[Network, ...]

    def scores(self, rows: Floats) -> Floats:
        """The mean score of each row."""
        return np.asarray(np.mean([network.scores(rows) for network in self.networks], axis=0), np.float32)


@cache
def juries(path: Path | None = None) -> dict[str, Jury]:
    """The networks stored at ``path``, by default the product's, by what they judge: the ``choice`` of a capability,
    ``listed`` and ``spoken`` values of slots."""
    if path is None:
        with as_file(files("agents.intent.follow").joinpath("weights.npz")) as own:
            return juries(own)
    with np.load(path) as stored:
        arrays = {name: stored[name].astype(np.float32) for name in stored.files}
    found: dict[str, list[Network]] = {}
    for prefix in sorted({name.rsplit("/", 1)[0] for name in arrays}):
        depth = sum(name.startswith(f"{prefix}/w") for name in arrays)
        layers = tuple((arrays[f"{prefix}/w{i}"], arrays[f"{prefix}/b{i}"]) for i in range(depth))
        network = Network(arrays[f"{prefix}/mean"], arrays[f"{prefix}/scale"], layers)
        found.setdefault(prefix.split("/")[0], []).append(network)
    return {judged: Jury(tuple(networks)) for judged, networks in found.items()}


def store(path: Path, trained: Mapping[str, Sequence[Network]]) -> None:
    """Write networks in half precision to where :func:`juries` finds them."""
    arrays: dict[str, NDArray[np.float16]] = {}
    for judged, networks in trained.items():
        for number, network in enumerate(networks):
            prefix = f"{judged}/{number}"
            arrays |= {
                f"{prefix}/mean": network.mean.astype(np.float16),
                f"{prefix}/scale": network.scale.astype(np.float16),
            }
            for i, (weights, bias) in enumerate(network.layers):
                arrays |= {f"{prefix}/w{i}": weights.astype(np.float16), f"{prefix}/b{i}": bias.astype(np.float16)}
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]  # the stubs take keyword arrays for flags
