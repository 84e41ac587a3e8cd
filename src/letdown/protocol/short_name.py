"""The short name of a scenario, made of what a user called something else: a file, a title, a subject."""

import re
import unicodedata

__all__ = ["LONGEST_NAME", "short_name"]

LONGEST_NAME = 60
"""Letters of the longest short name."""

# Latin letters that are no letter with an accent, so that taking accents off leaves nothing
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i", "ħ": "h"}
)

_DEVICE = re.compile(r"con|prn|aux|nul|clock|com\d|lpt\d")
"""Names that no file may have on Windows, whatever its ending."""


def short_name(text: str, otherwise: str = "scenario") -> str:
    """Return lower-case letters, digits and single hyphens that read like `text`.

    Parameters
    ----------
    text : str
        What the user called it, such as the stem of a file name.
    otherwise : str
        The name where nothing of the text can be kept.

    Examples
    --------
    >>> short_name("Study_1"), short_name("P001 pump"), short_name("study.v2"), short_name("Mère")
    ('study-1', 'p001-pump', 'study-v2', 'mere')
    """
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    # an apostrophe parts no words: mother's is mothers
    name = re.sub(r"[^a-z0-9]+", "-", re.sub("['’]", "", plain)).strip("-")
    name = name[:LONGEST_NAME].rstrip("-")
    if not name:
        return otherwise
    return f"{otherwise}-{name}" if _DEVICE.fullmatch(name) else name
