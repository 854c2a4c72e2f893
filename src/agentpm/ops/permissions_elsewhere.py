"""What agents can do in another harness than the one that they were written for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.ops.content import published_files
from agentpm.ops.here import Here, locked_here
from agentpm.ops.judge import Court, convene
from agentpm.ops.parts import Parts
from agentpm.ops.permissions import Powers
from agentpm.ops.side import Side, read_side
from agentpm.permissions.capability import NOTHING
from agentpm.permissions.conversion import convert, report_in
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.judge import Verdict, judge
from agentpm.permissions.narrowing import narrow
from agentpm.permissions.settings import Effect


def permissions_in(parts: Parts, names: Iterable[str], harness: str) -> tuple[Powers, ...]:
    """What the agents called `names` can do in `harness`, all that are locked where there are none.

    An agent or a release is seen as agentpm would install it there: converted, with the overrides
    of the manifest. A file is seen as it stands, as that harness would read it. The settings of
    Claude Code do not count, and what an agent reaches through others is not known.

    Raises:
        UnknownHarness: agentpm does not know its tools.
        MissingLockfile: nothing is locked, and no name is given.
        NoSuchPackage, NoSuchRelease, NoSuchFile: a name leads nowhere.
    """
    load_table(harness)
    here = locked_here(parts)
    court = convene(parts, here.manifest)
    words = list(names)
    chosen = [here.agents[AgentName(word)] for word in words if word in here.agents]
    found = {p.name: p for p in _locked(parts, here, court, harness, chosen if words else None)}
    if not words:
        return tuple(found.values())
    return tuple(found.get(w) or _other(court, harness, read_side(here, w)) for w in words)


def _locked(
    parts: Parts, here: Here, court: Court, harness: str, agents: Iterable[Locked] | None
) -> Iterator[Powers]:
    wanted = list(here.agents.values() if agents is None else agents)
    files = published_files(parts, here.sources, here.manifest, wanted)
    for locked in wanted:
        overrides = here.manifest.overrides_of(locked.name)
        published = files[locked.name].grants
        grants = narrow(published, court.table, overrides.tools, overrides.disallowed_tools)
        yield _converted(court, harness, Side(locked.name, str(locked.version), grants), locked)


def _other(court: Court, harness: str, side: Side) -> Powers:
    if side.front is None:
        return _converted(court, harness, side)
    report = report_in(side.front, harness)
    return Powers(
        name=side.name,
        origin=side.origin,
        report=report,
        effect=Effect("ok", (), report.effective_tools, ()),
        verdict=Verdict(),
        approved=NOTHING,
        missing=NOTHING,
        unconfirmed=NOTHING,
        harness=harness,
    )


def _converted(court: Court, harness: str, side: Side, locked: Locked | None = None) -> Powers:
    """A release as it would be installed: only what it gains by that is judged once more."""
    name = AgentName(side.name)
    approved = court.approved.get(name, NOTHING)
    found = convert(side.grants, harness)
    gains = bool(found.widened)
    return Powers(
        name=name,
        origin=side.origin,
        report=found.report,
        effect=Effect("ok", (), found.report.effective_tools, ()),
        verdict=judge(court.policy, name, found.report, approved) if gains else Verdict(),
        approved=approved,
        missing=found.widened - approved,
        unconfirmed=NOTHING,
        locked=locked,
        harness=harness,
        lost=found.lost,
    )
