"""An answer that is only words: no card, because there is nothing to press or to compare."""

from cards import linked_data as ld
from schemas.presentation import Presentation


def plain(text: str) -> Presentation:
    """``text`` as an answer. It is shown as it stands: whoever quotes a partner in it cleans the quote."""
    return Presentation(kind="answer", text=text, json_ld=ld.document("Message", text=text))
