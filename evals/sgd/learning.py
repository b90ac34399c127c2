"""Training of the small networks of :mod:`agents.intent.follow.network`, in plain numpy.

An example is a group of options of which some are right; where none may be right, "none" is one more option whose score
is always zero. The loss is the negative log of the probability that the softmax gives to the right ones; Adam with
decoupled weight decay and dropout of features and hidden units. (Kingma & Ba, 2015; Loshchilov & Hutter, 2019.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from agents.intent.follow.network import Floats, Network


@dataclass(frozen=True, slots=True)
class Example:
    """The options of one judgement, and which are right; none right stands for "none" where that may be."""

    rows: Floats
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained."""

    hidden: tuple[int, ...]
    epochs: int
    none: bool
    """Whether "none of them" is a possible answer."""
    rate: float = 3e-3
    decay: float = 3e-2
    dropout: float = 0.1
    feature_dropout: float = 0.1
    batch: int = 128


def train(examples: Sequence[Example], recipe: Recipe, *, seed: int) -> Network:
    """One network; the same examples, recipe and seed give the same one."""
    random = np.random.default_rng(seed)
    rows = np.concatenate([example.rows for example in examples])
    right = np.concatenate([example.right for example in examples]).astype(np.float32)
    starts = np.cumsum([0, *(len(example.right) for example in examples)])
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    rows = np.clip((rows - mean) / scale, -6, 6).astype(np.float32)
    sizes = (rows.shape[1], *recipe.hidden, 1)
    weights = [random.normal(0, a**-0.5, (a, b)).astype(np.float32) for a, b in pairwise(sizes)]
    biases = [np.zeros(b, np.float32) for b in sizes[1:]]
    adam = _Adam([*weights, *biases], recipe, steps=recipe.epochs * -(-len(examples) // recipe.batch))
    for _ in range(recipe.epochs):
        order = random.permutation(len(examples))
        for begin in range(0, len(order), recipe.batch):
            groups = order[begin : begin + recipe.batch]
            lengths = starts[groups + 1] - starts[groups]
            of_group = np.repeat(np.arange(len(groups)), lengths)
            picked = np.concatenate([np.arange(starts[g], starts[g + 1]) for g in groups])
            kept = random.random((len(groups), rows.shape[1]), dtype=np.float32) >= recipe.feature_dropout
            values = [rows[picked] * kept[of_group]]
            for w, b in zip(weights[:-1], biases[:-1], strict=True):
                hidden = np.maximum(values[-1] @ w + b, 0)
                alive = random.random(hidden.shape, dtype=np.float32) >= recipe.dropout
                values.append(hidden * alive / (1 - recipe.dropout))
            scores = (values[-1] @ weights[-1] + biases[-1])[:, 0]
            slope = _slope(scores, right[picked], of_group, len(groups), none=recipe.none)[:, None]
            by_weight: list[Floats] = []
            by_bias: list[Floats] = []
            for layer in range(len(weights) - 1, -1, -1):
                by_weight.insert(0, values[layer].T @ slope)
                by_bias.insert(0, slope.sum(axis=0))
                if layer:
                    slope = (slope @ weights[layer].T) * (values[layer] > 0) / (1 - recipe.dropout)
            adam.step([*by_weight, *by_bias])
    layers = tuple(zip(weights, biases, strict=True))
    return Network(mean.astype(np.float32), scale.astype(np.float32), layers)


def _slope(scores: Floats, right: Floats, of_group: NDArray[np.int64], groups: int, *, none: bool) -> Floats:
    """The gradient of the mean loss by each score."""
    top = np.zeros(groups, np.float32) if none else np.full(groups, -np.inf, np.float32)
    np.maximum.at(top, of_group, scores)
    weight = np.exp(scores - top[of_group])
    of_none = np.exp(-top) if none else np.zeros(groups, np.float32)
    total = np.bincount(of_group, weight, groups) + of_none
    share = weight / total[of_group]
    sure = np.bincount(of_group, share * right, groups)
    answerless = np.bincount(of_group, right, groups) == 0
    sure = np.where(answerless, of_none / total, sure)
    known = sure > 1e-12
    slope = (share - share * right / np.maximum(sure, 1e-12)[of_group]) * known[of_group]
    return np.asarray(slope / groups, np.float32)


class _Adam:
    """Adam with weight decay apart from the gradient, a short warm-up and a rate that falls to zero."""

    def __init__(self, parameters: list[Floats], recipe: Recipe, *, steps: int) -> None:
        self._parameters, self._recipe, self._steps = parameters, recipe, steps
        self._first = [np.zeros_like(p) for p in parameters]
        self._second = [np.zeros_like(p) for p in parameters]
        self._step = 0

    def step(self, slopes: list[Floats]) -> None:
        """Move every parameter once, in place."""
        self._step += 1
        rate = self._recipe.rate * min(1, self._step / 50) * (1 - self._step / (self._steps + 1))
        for i, slope in enumerate(slopes):
            self._first[i] += 0.1 * (slope - self._first[i])
            self._second[i] += 0.01 * (slope * slope - self._second[i])
            mean, square = self._first[i] / (1 - 0.9**self._step), self._second[i] / (1 - 0.99**self._step)
            decay = self._recipe.decay * self._parameters[i] if slope.ndim > 1 else 0
            self._parameters[i] -= (rate * (mean / (np.sqrt(square) + 1e-7) + decay)).astype(np.float32)
