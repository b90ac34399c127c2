import pytest

from cards.safe_text import clean, safe


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("[pay](https://evil.example)", "(pay)(https∶//evil.example)"),
        ("see www.evil.example", "see www․evil.example"),
        ("**bold** and `code`", "∗∗bold∗∗ and 'code'"),
        ("_loud_ but snake_case", "ˍloudˍ but snake_case"),
        ("<b>big</b>", "‹b›big‹/b›"),
        ("{{DATE(x)}}", "((DATE(x)))"),
        ("two\nlines\tand\r\nmore", "two lines and more"),
        ("\x1b[31mred\x07", "(31mred"),
        ("$1\u202e99", "$199"),
        ("a\ud800b", "ab"),
        ("- item", "\u2060- item"),
        ("1. item", "\u20601. item"),
        ("# head", "\u2060# head"),
        ("שלום", "\u2068שלום\u2069"),
    ],
)
def test_what_could_do_something_becomes_what_only_reads_like_it(hostile: str, harmless: str) -> None:
    assert safe(hostile) == harmless


@pytest.mark.parametrize(
    "plain", ["Petal & Stem", "12 roses, $5.00", "Café Müller – 2 Personen", "寿司", "👩‍🍳 Chef's menu"]
)
def test_ordinary_text_stays_as_it_is(plain: str) -> None:
    assert safe(plain) == plain


def test_long_text_ends_in_an_ellipsis_within_its_limit() -> None:
    assert safe("word " * 100, 20) == "word word word word…"
    assert len(safe("x" * 10_000, 50)) == 50


def test_a_cut_never_leaves_half_an_emoji() -> None:
    assert safe("ab👩‍🍳", 5) == "ab👩‍🍳"
    assert safe("ab👩‍🍳cd", 5) == "ab👩…"


def test_machines_get_the_text_unchanged_but_for_controls() -> None:
    assert clean("[A] *b*\x00\n_c_", 100) == "[A] *b* _c_"
