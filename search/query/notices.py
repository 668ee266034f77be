"""What the parser tells the reader: one Indonesian sentence for each part of a query not taken as typed.

Beside the lexer, the leaf builder and the grammar, which report here; the parsed query carries the result.
"""

from __future__ import annotations

SHOWN_CHARS = 40
MOST_NOTICES = 12


def shown(part: str) -> str:
    """`part` of a query in curly quotes, fit to print: control characters made spaces, long parts cut."""
    clean = "".join(char if char.isprintable() else " " for char in part[: SHOWN_CHARS + 1]).strip()
    if len(clean) > SHOWN_CHARS:
        clean = clean[: SHOWN_CHARS - 1].rstrip() + "…"
    return f"“{clean}”"


class Notices:
    """Sentences in the order in which they were first said; repeats are said once, `MOST_NOTICES` at most."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}

    def say(self, sentence: str) -> None:
        """Add one sentence."""
        if len(self._sentences) < MOST_NOTICES:
            self._sentences.setdefault(sentence)

    def all(self) -> tuple[str, ...]:
        """Every sentence said so far."""
        return tuple(self._sentences)

    def long_query(self, chars: int) -> None:
        self.say(f"Kueri terlalu panjang; hanya {chars} karakter pertama yang dibaca.")

    def too_many_terms(self, terms: int) -> None:
        self.say(f"Kueri memuat terlalu banyak kata; hanya {terms} kata pertama yang dicari.")

    def too_many_patterns(self, part: str, patterns: int) -> None:
        self.say(f"Lebih dari {patterns} pola atau ejaan kira-kira; {shown(part)} dan sesudahnya diabaikan.")

    def no_words(self) -> None:
        self.say("Kueri tidak memuat kata yang dapat dicari.")

    def open_quote(self, part: str) -> None:
        self.say(f"Tanda kutip tidak ditutup; frasa dibaca sampai akhir kueri: {shown(part)}.")

    def open_bracket(self) -> None:
        self.say("Tanda kurung “(” tidak ditutup; dianggap ditutup di akhir kueri.")

    def stray_bracket(self) -> None:
        self.say("Tanda kurung “)” tanpa pasangannya diabaikan.")

    def deep_brackets(self, depth: int) -> None:
        self.say(f"Tanda kurung “(” yang bersarang lebih dari {depth} tingkat diabaikan.")

    def stray_operator(self, operator: str) -> None:
        self.say(f"Operator {shown(operator)} tanpa kata di sampingnya diabaikan.")

    def capitals(self, operator: str) -> None:
        self.say(f"Kueri ditulis dengan huruf kapital semua; {shown(operator)} dibaca sebagai kata biasa.")

    def plus_in_or(self) -> None:
        self.say("Tanda “+” di samping OR (ATAU) diabaikan.")

    def unknown_field(self, name: str, part: str) -> None:
        self.say(f"Bidang {shown(name + ':')} tidak dikenal; {shown(part)} dicari sebagai kata biasa.")

    def field_without_value(self, name: str) -> None:
        self.say(f"{shown(name + ':')} dibaca sebagai kata biasa; "
                 "agar menjadi bidang, tulis nilainya tanpa spasi sesudah titik dua.")

    def empty_value(self, name: str, part: str) -> None:
        self.say(f"Nilai {shown(part)} pada {shown(name + ':')} tidak memuat kata dan diabaikan.")

    def pattern_in_value(self, name: str, part: str) -> None:
        self.say(f"Pola {shown(part)} tidak berlaku pada {shown(name + ':')}; tanda “*” diabaikan.")

    def pattern_in_phrase(self, part: str) -> None:
        self.say(f"Tanda “*” tidak berlaku di dalam frasa {shown(part)} dan diabaikan.")

    def bad_date(self, name: str, part: str) -> None:
        self.say(f"Tanggal {shown(part)} pada {shown(name + ':')} tidak dimengerti dan diabaikan; "
                 "tulis misalnya 2015, 2015-11, atau 2015-11-11.")

    def empty_range(self, since: str, until: str) -> None:
        self.say(f"Rentang tanggal kosong: {shown(since)} sesudah {shown(until)}.")

    def wide_pattern(self, part: str) -> None:
        self.say(f"Pola {shown(part)} terlalu luas dan diabaikan; "
                 "awali dengan sedikitnya dua huruf, atau tulis tiga huruf berturut-turut.")

    def many_wildcards(self, part: str, stars: int) -> None:
        self.say(f"Pola {shown(part)} diabaikan: terlalu panjang, atau lebih dari {stars} tanda “*”.")

    def fuzzy_pattern(self, part: str) -> None:
        self.say(f"Tanda “~” tidak berlaku pada pola {shown(part)} dan diabaikan.")

    def fuzzy_too_short(self, part: str) -> None:
        self.say(f"Kata {shown(part)} terlalu pendek untuk ejaan kira-kira; dicari sebagaimana ditulis.")

    def fuzzy_bounded(self, part: str, distance: int) -> None:
        self.say(f"Jarak ejaan pada {shown(part)} dibatasi menjadi {distance}.")

    def slop_bounded(self, part: str, slop: int) -> None:
        self.say(f"Jarak kata pada frasa {shown(part)} dibatasi menjadi {slop}.")
