"""Last step of the parser: clauses (a leaf or group, and whether it is required or excluded) to one Boolean.

Here lies what juxtaposition means; the operators themselves are the grammar's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from enum import Enum, auto
from typing import NamedTuple

from search.query.notices import Notices
from search.query.tree import Boolean, DateRange, Everything, Filter, Phrase, Query, Word


class Occur(Enum):
    """How a clause counts in a sequence."""

    PLAIN = auto()
    REQUIRED = auto()
    EXCLUDED = auto()


class Clause(NamedTuple):
    """One operand. `nodes` are several where analysis split one typed word (`Bupati-Wakil`)."""

    occur: Occur
    nodes: tuple[Query, ...]


def restricts(node: Query) -> bool:
    """Whether a node narrows the result without being ranked: filters, days, and groups of nothing else."""
    if isinstance(node, Boolean):
        return all(restricts(part) for part in node.must + node.should)
    return isinstance(node, Filter | DateRange | Everything)


def required_together(operands: list[Clause]) -> list[Clause]:
    """The operands of AND. It requires them where it joins two or more ranked ones.

    `a b AND sumber:x` and `a b AND NOT c` leave `b` as it is: what stands after AND holds for all of them.
    """

    def ranked(clause: Clause) -> bool:
        return clause.occur is not Occur.EXCLUDED and not all(map(restricts, clause.nodes))

    if sum(map(ranked, operands)) < 2:
        return operands
    return [c._replace(occur=Occur.REQUIRED) if c.occur is Occur.PLAIN else c for c in operands]


def any_of(groups: Iterable[Query]) -> Query | None:
    """The operands of OR."""
    should: list[Query] = []
    for node in groups:
        should.extend(_alternatives(node))
    return _collapsed(Boolean(should=_distinct(should)))


def all_of(clauses: list[Clause], notices: Notices) -> Query | None:
    """The meaning of clauses side by side; None if there are none.

    Plain words make each other optional, what restricts is always required, and beside nothing but
    restrictions one of the plain words must be there (`banjir longsor sumber:x`).
    """
    must, should, must_not = _sorted_out(clauses)
    everything = Everything() in must or Everything() in should
    must = _with_one_range([node for node in must if node != Everything()], notices)
    should = [node for node in should if node != Everything()]
    if everything and not must and not should and not must_not:
        return Everything()
    if must and should and all(map(restricts, must)):
        either = any_of(should)
        must, should = must + ([either] if either else []), []
    return _collapsed(Boolean(_distinct(must), _distinct(should), _distinct(must_not)))


def _sorted_out(clauses: list[Clause]) -> tuple[list[Query], list[Query], list[Query]]:
    must: list[Query] = []
    should: list[Query] = []
    must_not: list[Query] = []
    for clause in clauses:
        if clause.occur is Occur.EXCLUDED:
            must_not.extend(_excluded(clause.nodes))
            continue
        for node in clause.nodes:
            if isinstance(node, Boolean) and not node.should and (node.must == () or _is_required(clause)):
                must.extend(node.must)
                must_not.extend(node.must_not)
            elif _is_required(clause) or restricts(node):
                must.append(node)
            else:
                should.extend(_alternatives(node))
    return must, should, must_not


def _is_required(clause: Clause) -> bool:
    return clause.occur is Occur.REQUIRED


def _alternatives(node: Query) -> tuple[Query, ...]:
    """The parts of a group that is nothing but alternatives, else the node itself."""
    if isinstance(node, Boolean) and not node.must and not node.must_not:
        return node.should
    return (node,)


def _excluded(nodes: tuple[Query, ...]) -> tuple[Query, ...]:
    """What `-` leaves out. A word that analysis split is left out where its parts stand side by side."""
    if len(nodes) == 1:
        return _alternatives(nodes[0])
    words = [node for node in nodes if isinstance(node, Word)]
    if len(words) < len(nodes):
        return (Boolean(must=nodes),)
    return (Phrase(tuple(word.exact for word in words), field=words[0].field),)


def _with_one_range(must: list[Query], notices: Notices) -> list[Query]:
    """`must` with all its ranges of days made one (`sejak:… sampai:…`)."""
    ranges = [node for node in must if isinstance(node, DateRange)]
    if not ranges:
        return must
    since = _outermost([one.since for one in ranges], max)
    until = _outermost([one.until for one in ranges], min)
    if since and until and since > until:
        notices.empty_range(since.isoformat(), until.isoformat())
    return [node for node in must if not isinstance(node, DateRange)] + [DateRange(since, until)]


def _outermost(days: list[date | None], choose: Callable[[list[date]], date]) -> date | None:
    known = [day for day in days if day is not None]
    return choose(known) if known else None


def _distinct(nodes: list[Query]) -> tuple[Query, ...]:
    """A repeated word counts once: a pasted paragraph should not search for *yang* twenty times."""
    return tuple(dict.fromkeys(nodes))


def _collapsed(node: Boolean) -> Query | None:
    """A Boolean of one positive part is that part; an empty one is no query."""
    if not node.must_not and len(node.must) + len(node.should) == 1:
        return (node.must + node.should)[0]
    return node if node.must or node.should or node.must_not else None
