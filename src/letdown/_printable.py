"""Text that a terminal, a message or a file may show: no control characters, no invisible direction marks, bounded.

Text of a user's file reaches the screen in messages, titles and tables. A terminal obeys escape sequences in it, and a
direction mark (U+202E) shows it in another order than it is read. Each such character is written as its escape.
"""

import re
import unicodedata

__all__ = ["LONGEST_MESSAGE", "bounded", "counted", "printable", "printable_lines", "shortened"]

LONGEST_MESSAGE = 700
"""Letters of the longest message."""

# Letters of some scripts are joined or kept apart by these two; they move and hide nothing.
_JOINERS = "\u200c\u200d"
_SUSPECT = re.compile(r"[^ -~\u00a0-\u00ac\u00ae-\u05ff]")
"""What may have to be escaped; the letters excepted here never have to."""


def printable(text: str) -> str:
    r"""Return a text in one line, with an escape in place of each character that is not to be shown.

    Examples
    --------
    >>> print(printable("a\x1b[31mb"))
    a\u001b[31mb
    """
    return _SUSPECT.sub(_shown, " ".join(text.split("\n")).replace("\t", " "))


def printable_lines(text: str) -> str:
    """Return a text with its line ends and tabs, all else as `printable` returns it."""
    return _SUSPECT.sub(lambda found: found[0] if found[0] in "\n\t" else _shown(found), text)


def shortened(text: str, most: int) -> str:
    r"""Return a text in one line, printable, with single spaces and at most `most` letters.

    Examples
    --------
    >>> shortened("one\ttwo  three", 9)
    'one tw...'
    """
    # cut before the escapes are written, and after: an escape is longer than its character
    start = text[: 4 * most]
    flat = printable(" ".join(start.split()))
    return flat if len(flat) <= most and len(start) == len(text) else flat[: most - 3] + "..."


def _shown(found: re.Match[str]) -> str:
    character = found[0]
    # Cc control, Cf format, Cs half of a pair, Co private use, Cn not assigned, Zl and Zp line ends
    kind = unicodedata.category(character)
    if character in _JOINERS or (kind[0] != "C" and kind not in ("Zl", "Zp")):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def counted(count: int, noun: str) -> str:
    """Return a number of things in words.

    Examples
    --------
    >>> counted(1, "let-down"), counted(2, "let-down")
    ('1 let-down', '2 let-downs')
    """
    return f"{count} {noun}{'' if count == 1 else 's'}"


def bounded(text: str, most: int = LONGEST_MESSAGE) -> str:
    """Return a text of at most `most` letters: the middle of a longer one is left out, since its end says what to do.

    Examples
    --------
    >>> bounded("a" * 30, 11)
    'aaaaa ... a'
    """
    if len(text) <= most:
        return text
    end = (most - 5) // 4
    return f"{text[: most - 5 - end]} ... {text[-end:]}"
