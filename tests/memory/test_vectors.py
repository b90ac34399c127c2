"""Embeddings: the same numbers as WordLlama's own code, safe from any thread, quick, and sane at the edges."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import wordllama

from memory.vectors import DIMENSIONS, embed

TEXTS = ["a dozen red roses", "dinner for two at seven", "ein Strauß Blumen für Zürich 🌷", "x"]


def test_they_are_wordllamas() -> None:
    theirs = wordllama.WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)
    assert np.allclose(embed(TEXTS), theirs.embed(TEXTS, norm=True), atol=1e-6)


def test_each_text_is_a_unit_row_whatever_stands_beside_it() -> None:
    rows = embed(TEXTS)
    assert rows.shape == (len(TEXTS), DIMENSIONS)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    for row, text in zip(rows, TEXTS, strict=True):
        assert np.array_equal(embed([text])[0], row)


def test_meaning_is_near_meaning() -> None:
    flowers, bouquet, plumber = embed(["flowers delivered", "a bouquet of roses", "repair a leaking pipe"])
    assert flowers @ bouquet > flowers @ plumber + 0.2


def test_nothing_and_far_too_much_are_answered() -> None:
    assert embed([]).shape == (0, DIMENSIONS)
    assert not embed([""]).any()
    assert np.isfinite(embed(["word " * 50_000])).all()


def test_threads_get_the_same() -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: embed(TEXTS), range(32)))
    assert all(np.array_equal(result, results[0]) for result in results)
