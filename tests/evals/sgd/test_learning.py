"""Small networks learn which options are right."""

import numpy as np

from agents.intent.follow.network import juries, store
from evals.sgd.learning import Example, Recipe, train

RECIPE = Recipe(hidden=(8,), epochs=40, none=True, dropout=0.0, feature_dropout=0.0, rate=1e-2, decay=0.0)


def _examples(count: int, seed: int) -> list[Example]:
    """Three options each; the one whose first feature is high is right, and sometimes none is."""
    random = np.random.default_rng(seed)
    examples = []
    for k in range(count):
        right = np.arange(3) == k % 4
        rows = random.normal(0, 0.3, (3, 4)).astype(np.float32)
        rows[right, 0] += 3
        examples.append(Example(rows, right))
    return examples


def test_a_network_learns_which_option_is_right_and_when_none_is():
    network = train(_examples(400, seed=1), RECIPE, seed=0)
    for example in _examples(100, seed=2):
        scores = network.scores(example.rows)
        assert (scores > 0).tolist() == example.right.tolist()


def test_the_same_seed_gives_the_same_network():
    one, other = (train(_examples(50, seed=1), RECIPE, seed=3) for _ in range(2))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(one.layers, other.layers, strict=True))


def test_stored_networks_judge_as_before(tmp_path):
    network = train(_examples(50, seed=1), RECIPE, seed=0)
    path = tmp_path / "weights.npz"
    store(path, {"choice": [network]})
    rows = _examples(1, seed=4)[0].rows
    assert np.allclose(juries(path)["choice"].scores(rows), network.scores(rows), atol=0.05)
