"""Characters that keyboards and word processors put in place of those that texts are read from."""

from __future__ import annotations

import re
import unicodedata

DECIMAL_POINT = "a decimal point is ., not ,"

_MEANT = {
    **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\u2015\ufe63\uff0d", "a minus is -"),
    **dict.fromkeys("\u00d7\u00b7\u22c5\u2219\u2022\u2217\u2715", "a product is *"),
    **dict.fromkeys("\u00f7\u2215\u2044", "a quotient is /"),
    **dict.fromkeys("\u2223\u00a6", "a bar is |"),
    "\u3001": "a comma is ,",
    "\u221a": "a root is sqrt(x)",
    "\u221e": "infinity is inf",
    "\u03c0": "pi is pi",
}
_QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb\u2032\u2033"
_LATIN = dict(zip("асеіорхуАВСЕНІКМОРТХ", "aceiopxyABCEHIKMOPTX", strict=True))
_POWER = re.compile(r"<super> 00(3[0-9])")
_DECIMAL_COMMA = re.compile(r"(?<![0-9.,])[0-9]+,[0-9]+(?![0-9.,])")


def advice(character: str) -> str | None:
    """What to type in place of a character, `a minus is -, not −`; None where nobody knows."""
    if character in _QUOTES:
        return "no quotes are needed here"
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    plain = unicodedata.normalize("NFKC", character)
    if power := _POWER.fullmatch(unicodedata.decomposition(character)):
        return f"a power is **{chr(int(power[1], 16))}, not {shown}"
    if character.isspace() or unicodedata.category(character) == "Cf":  # some have no width
        return f"a space is ' ', not U+{ord(character):04X}"
    if character in _MEANT:
        return f"{_MEANT[character]}, not {shown}"
    if character in _LATIN:
        return f"write a Latin {_LATIN[character]}, not {shown}"
    if character.isascii():
        return None
    if plain.isascii() and len(plain) == 1:  # of full width, or a mathematical letter
        return f"write {plain}, not {shown}"
    return f"names have letters from a to z alone, not {shown}" if character.isalpha() else None


def advice_on(text: str) -> str | None:
    """What to type otherwise in a text that is no number; None where nobody knows."""
    told = next((told for c in text if c != " " and (told := advice(c))), None)
    return DECIMAL_POINT if told is None and _DECIMAL_COMMA.search(text) else told
