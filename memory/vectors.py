"""Meaning as numbers, offline: WordLlama's token vectors, averaged over a text.

The package's own loader imports an HTTP client and reconfigures logging, and its batch tokenizer starts threads;
its two data files are all that is needed, so they are read directly. (WordLlama: https://github.com/dleemiller/WordLlama)
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

threadpool_limits(limits=1, user_api="blas")
# Our products are small: a second BLAS thread saves nothing, and waits for the next one in a busy loop on a core that
# Postgres and the other workers need.

DIMENSIONS = 256
_LONGEST = 8000  # characters of a text that count; later ones hardly move the average
_loading = Lock()


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors, one row a text: shape ``(len(texts), 256)``. A text without a known token is all zeros.

    Their dot product is the cosine similarity. Safe to call from any thread; the first call loads 16 MB.
    """
    with _loading:
        tokenizer, weights = _model()
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, text in enumerate(texts):
        tokens = tokenizer.encode(text[:_LONGEST], add_special_tokens=False).ids
        if tokens:
            total = weights[tokens].sum(axis=0, dtype=np.float32)
            vectors[row] = total / (np.linalg.norm(total) or 1.0)
    return vectors


def sums(words: Sequence[str]) -> NDArray[np.float32]:
    """The sum of each word's token vectors, one row a word: shape ``(len(words), 256)``.

    A text's vector is the normalised sum of its words', but for what tokens do across a space; with these the vectors
    of any number of stretches of a text cost one addition each.
    """
    found = [_sum_of(word) for word in words]
    return np.stack(found) if found else np.zeros((0, DIMENSIONS), dtype=np.float32)


@lru_cache(maxsize=20_000)
def _sum_of(word: str) -> NDArray[np.float32]:
    with _loading:
        tokenizer, weights = _model()
    tokens = tokenizer.encode(word[:_LONGEST], add_special_tokens=False).ids
    return np.asarray(weights[tokens].sum(axis=0, dtype=np.float32))


@cache
def _model() -> tuple[Tokenizer, NDArray[np.float16]]:
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the package wordllama is not installed")
    folder = Path(spec.submodule_search_locations[0])
    with safe_open(folder / "weights" / f"l2_supercat_{DIMENSIONS}.safetensors", framework="np") as file:
        weights = file.get_tensor("embedding.weight")
    return Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json")), weights
