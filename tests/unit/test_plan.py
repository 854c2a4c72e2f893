"""The plan: a person's file is never written over or removed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agentpm.model.digest import Digest
from agentpm.model.name import AgentName
from agentpm.model.receipt import Stat, Written
from agentpm.plan import Found, Plan, Wanted, make_plan

OLD, NEW, OTHER = (Digest.of(text) for text in (b"old", b"new", b"other"))
STAT = Stat(0, 0)


def wanted(path: str, digest: Digest = NEW) -> Wanted:
    return Wanted(AgentName("a"), "claude", path, digest)


def written(path: str, digest: Digest) -> Written:
    return Written(AgentName("a"), "claude", path, digest, STAT)


def plan_for(
    want: Digest | None, record: Digest | None, there: Found | None, *ours: Digest
) -> Plan:
    """The plan for one path `p`: what is wanted, recorded, found, and known as a release."""
    return make_plan(
        [wanted("p", want)] if want else [],
        {"p": written("p", record)} if record else {},
        {"p": there} if there else {},
        lambda _wanted, digest: digest in ours,
    )


def test_a_missing_file_is_written() -> None:
    """Also where the receipt thinks that it is there: somebody deleted it, and asks again."""
    assert plan_for(NEW, None, None).write
    assert plan_for(NEW, NEW, None).write


def test_an_update_replaces_what_agentpm_wrote() -> None:
    """The recorded digest proves that nobody touched it."""
    assert plan_for(NEW, OLD, Found("file", OLD)).write


def test_a_file_that_is_right_is_kept_or_adopted() -> None:
    """A team that commits its agents directory has right files without a receipt."""
    assert plan_for(NEW, NEW, Found("file", NEW)).keep
    assert plan_for(NEW, None, Found("file", NEW)).adopt
    assert plan_for(NEW, OLD, Found("file", NEW)).adopt


def test_the_bytes_of_another_release_may_be_replaced() -> None:
    """Committed agents of an older lockfile are agentpm's, receipt or not."""
    assert plan_for(NEW, None, Found("file", OLD), OLD).write


def test_an_edited_file_is_a_conflict() -> None:
    """The edit is somebody's work."""
    (conflict,) = plan_for(NEW, OLD, Found("file", OTHER)).conflicts
    assert (conflict.reason, conflict.wanted) == ("edited", wanted("p"))


def test_a_foreign_file_is_a_conflict() -> None:
    """Agentpm never wrote it."""
    assert plan_for(NEW, None, Found("file", OTHER)).conflicts[0].reason == "foreign"


def test_a_link_or_folder_is_a_conflict() -> None:
    """Following it could lead anywhere."""
    assert plan_for(NEW, NEW, Found("else")).conflicts[0].reason == "not-a-file"
    assert plan_for(None, OLD, Found("else")).conflicts[0].reason == "not-a-file"


def test_only_untouched_files_are_removed() -> None:
    """What was edited stays, and is named; what is gone is forgotten."""
    assert plan_for(None, OLD, Found("file", OLD)).remove
    assert plan_for(None, OLD, None).forget
    (conflict,) = plan_for(None, OLD, Found("file", OTHER)).conflicts
    assert (conflict.reason, conflict.wanted) == ("edited", None)


digests = st.sampled_from([OLD, NEW, OTHER])
paths = st.sampled_from(["a", "b", "c"])


@given(
    st.dictionaries(paths, digests),
    st.dictionaries(paths, digests),
    st.dictionaries(paths, st.none() | digests),
)
def test_every_path_gets_one_verdict_and_no_work_is_lost(
    want: dict[str, Digest], record: dict[str, Digest], there: dict[str, Digest | None]
) -> None:
    """For every state of the disk: bytes that are neither recorded nor planned are left alone."""
    plan = make_plan(
        [wanted(p, d) for p, d in want.items()],
        {p: written(p, d) for p, d in record.items()},
        {p: Found("file", d) if d else Found("else") for p, d in there.items()},
        lambda _wanted, _digest: False,
    )
    verdicts = [w.path for w in (*plan.write, *plan.keep, *plan.adopt)]
    verdicts += [w.path for w in (*plan.remove, *plan.forget)]
    verdicts += [conflict.path for conflict in plan.conflicts]
    assert sorted(verdicts) == sorted({*want, *record})
    for path in [*(w.path for w in plan.write), *(w.path for w in plan.remove)]:
        assert path not in there or there[path] == record.get(path)
    assert plan.changes_files == bool(plan.write or plan.remove)
