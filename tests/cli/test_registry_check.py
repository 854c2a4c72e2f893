"""`agentpm registry check`, and the hook that runs it: real pushes to real repositories."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from support.agent_text import agent_text
from support.guarded import Gate, person
from support.index_repo import index_file
from support.project import Project, Ran

RECORDS = "index/he/lp/helper.jsonl"
BYTES = "agents/he/lp/helper/1.0.0.md"


class Host:
    """A registry on a server with the gate as its hook, and a clone of it.

    Ada made it, and published `helper`, which she owns.
    """

    def __init__(self, tmp_path: Path, *, bare: bool = True) -> None:
        self.ada = Project(tmp_path)
        self.bob = Project(tmp_path, person="bob")
        self.place = tmp_path / "acme.git"
        kind = ["--bare"] if bare else []
        self.ada.run("registry", "init", *kind, str(self.place)).done()
        for project in (self.ada, self.bob):
            project.environ["AGENTPM_MAX_AGE"] = "0"
            project.run("registry", "add", "acme", self.place.as_uri()).done()
        self.publish("1.0.0").done()
        self.clone = Project(tmp_path, "clone")
        self.clone.git("clone", "--quiet", self.place.as_uri(), ".")
        owners = json.loads(self.clone.read("owners.json"))
        owners["names"] = {"helper": ["ada@example.org"]}
        self.commit("owners.json", json.dumps(owners).encode())
        self.push().done()

    def publish(self, version: str, *flags: str, by: Project | None = None, **agent: str) -> Ran:
        """Publish `helper` (or another `name`), that may `Read` (or has other `tools`)."""
        project = by or self.ada
        name, tools = agent.get("name", "helper"), agent.get("tools", "Read")
        text = agent_text(f"version: {version}", f"tools: {tools}", name=name)
        project.write(f"{name}.md", text)
        return project.run("publish", f"{name}.md", "--registry", "acme", *flags)

    def tip(self) -> str:
        """Where the registry stands."""
        command = ["git", "-C", str(self.place), "rev-parse", "refs/heads/main"]
        return subprocess.run(command, check=True, capture_output=True).stdout.decode()

    def push(self, *what: str, project: Project | None = None, **environ: str) -> Ran:
        """Push from the clone with git alone; `err` is what the person sees."""
        where = project or self.clone
        command = ["push", "--quiet", "origin", *(what or ["HEAD:main"])]
        ran = subprocess.run(
            ["git", *command],
            cwd=where.root,
            env=where.environ | environ,
            capture_output=True,
            check=False,
        )
        return Ran(tuple(command), ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    def commit(self, path: str, content: bytes | None) -> None:
        """Commit a file in the clone, on top of what the registry has."""
        self.clone.git("fetch", "--quiet", "origin")
        self.clone.git("reset", "--quiet", "--hard", "origin/main")
        if content is None:
            self.clone.path(path).unlink()
        else:
            self.clone.write(path, content)
        self.clone.commit("By hand")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


# The hook


def test_honest_publishing_passes_the_hook(host: Host) -> None:
    """The objects of a push wait in quarantine, where the gate must find them."""
    host.publish("1.1.0").done()
    host.publish("1.0.0", by=host.bob, name="planner").done()
    # One letter from a name on which nobody depends: the index is read to know that.
    host.publish("1.0.0", by=host.bob, name="helpr").done()
    host.ada.run("yank", "helper@1.0.0", "--reason", "slow", "--registry", "acme").done()
    host.ada.run("unyank", "helper@1.0.0", "--registry", "acme").done()
    assert host.ada.run("registry", "check", "-C", str(host.place)).done().out == (
        "the whole registry: all is well\n"
    )


def test_a_registry_with_a_work_tree_is_published_to_directly(tmp_path: Path) -> None:
    """Git refuses pushes to what is checked out; this one follows them, behind the same gate."""
    host = Host(tmp_path, bare=False)
    host.publish("1.1.0").done()
    assert (host.place / RECORDS).read_text().count("\n") == 2
    status = ["git", "-C", str(host.place), "status", "--porcelain"]
    assert subprocess.run(status, check=True, capture_output=True).stdout == b""
    host.publish("1.2.0", by=host.bob).failed(1)
    assert (host.place / RECORDS).read_text().count("\n") == 2


DISHONEST: dict[str, tuple[str, bytes | None, str]] = {
    "a changed record": (RECORDS, b'"Read"|"Bash"', "tampered[not-append-only]"),
    "a record gone": (RECORDS, None, "tampered[not-append-only]"),
    "changed bytes": (BYTES, b"Help.|Harm.", "tampered[changed-file]"),
    "bytes gone": (BYTES, None, "tampered[changed-file]"),
    "another id": ("config.json", b'"id": "|"id": "0', "tampered[other-registry]"),
    "no record": (RECORDS, b"}\n|}\n{\n", "refused[malformed-record]"),
    "a stray file": ("agents/he/lp/helper/2.0.0.md", b"x", "refused[stray-file]"),
    "a bad name": ("index/He/lp/Helper.jsonl", b"x", "refused[misplaced-file]"),
    "broken owners": ("owners.json", b"{", "refused[malformed-registry-file]"),
}


def test_each_dishonest_push_is_refused_with_the_reason(host: Host) -> None:
    """Whoever pushed reads the rule, the file and the way forward, in git's own words."""
    before = host.tip()
    for kind, (path, content, said) in DISHONEST.items():
        if content is not None and b"|" in content:
            old, new = content.split(b"|")
            content = host.clone.path(path).read_bytes().replace(old, new)
        host.commit(path, content)
        err = host.push().failed(1).err
        assert f"remote: {said}: " in err, kind
        assert f"remote:   --> {path}" in err, kind
        assert "remote: hint: " in err, kind
        host.clone.git("reset", "--quiet", "--hard", "origin/main")
    assert host.tip() == before


def test_all_that_is_wrong_is_listed(host: Host) -> None:
    """Not one thing a push."""
    host.clone.write("agents/he/lp/helper/2.0.0.md", "x")
    host.commit("agents/he/lp/helper/3.0.0.md", b"x")
    host.clone.write("index/x", "x")
    host.clone.commit()
    err = host.push().failed(1).err
    assert err.count("remote: refused[") == 3
    assert "refs/heads/main: 3 refused" in err


def test_a_publisher_sees_why_the_gate_refused(host: Host) -> None:
    """`agentpm publish` shows the server's words, and ends with its own code."""
    ran = host.publish("1.1.0", "--json", by=host.bob).failed(1, "publish-refused")
    details = "\n".join(ran.envelope["error"]["details"])
    assert "refused[not-an-owner]: `helper` belongs to ada@example.org" in details
    assert f"--> {RECORDS}:2" in details
    ran = host.publish("1.0.0", by=host.bob, name="help-er").failed(1)
    assert "review[confusable-name]: `help-er` looks like `helper`" in ran.err


def test_a_wrong_clock_is_told(host: Host) -> None:
    """A record that is a day old is refused by the server's own clock."""
    text = host.clone.path(RECORDS).read_bytes()
    record = json.loads(text) | {"version": "1.1.0", "published": "2020-01-01T00:00:00Z"}
    raw = host.clone.path(BYTES).read_bytes()
    host.clone.write("agents/he/lp/helper/1.1.0.md", raw)
    host.clone.write(RECORDS, text + json.dumps(record).encode() + b"\n")
    host.clone.commit()
    assert "refused[published-time]: `helper 1.1.0` says that it was published at" in (
        host.push().failed(1).err
    )


def test_an_administrator_lets_a_name_pass(host: Host) -> None:
    """A push of `reviewed.json`, then the publisher's command once more."""
    host.publish("1.0.0", by=host.bob, name="help-er").failed(1)
    host.commit("reviewed.json", b'{"names": {"help-er": "it helps with ER diagrams"}}\n')
    host.push().done()
    host.publish("1.0.0", by=host.bob, name="help-er").done()


def test_a_rewritten_history_is_refused(host: Host) -> None:
    """A forced push, and a branch that would be deleted; git's own guards may be off."""
    for setting in ("receive.denyNonFastForwards", "receive.denyDeletes"):
        subprocess.run(["git", "-C", str(host.place), "config", setting, "false"], check=True)
    subprocess.run(
        ["git", "-C", str(host.place), "config", "receive.denyDeleteCurrent", "ignore"], check=True
    )
    before = host.tip()
    tree = host.clone.git("rev-parse", "HEAD^{tree}").strip()
    new = host.clone.git("commit-tree", "-m", "Anew", tree).strip()
    assert "tampered[rewritten-history]" in host.push(f"+{new}:refs/heads/main").failed(1).err
    assert "cannot be deleted" in host.push(":refs/heads/main").failed(1).err
    assert "in capitals alone" in host.push(f"{new}:refs/heads/MAIN").failed(1).err
    assert host.tip() == before


def test_other_branches_and_tags_are_not_the_registry(host: Host) -> None:
    """A proposal waits on a branch, however it looks; readers follow the main one only."""
    host.commit("README.md", b"Hello")
    host.clone.git("tag", "one")
    host.push("HEAD:refs/heads/proposal", "refs/tags/one").done()
    config = ["git", "-C", str(host.place), "config", "receive.denyDeletes", "false"]
    subprocess.run(config, check=True)
    before = host.tip()
    host.push(":refs/heads/proposal").done()
    assert host.tip() == before


def test_a_push_of_several_refs_is_taken_or_left_as_one(host: Host) -> None:
    """A dishonest main takes the tag beside it down."""
    host.commit(BYTES, None)
    host.clone.git("tag", "two")
    host.push("HEAD:main", "refs/tags/two").failed(1)
    listed = ["git", "-C", str(host.place), "tag"]
    assert subprocess.run(listed, check=True, capture_output=True).stdout == b""


def test_the_first_push_into_an_empty_repository_is_a_whole_registry(
    host: Host, tmp_path: Path
) -> None:
    """Moving a registry keeps its dates; what is dishonest in it is found all the same."""
    new = tmp_path / "new.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(new)], check=True)
    hook = new / "hooks" / "pre-receive"
    hook.write_bytes(host.clone.path("hooks/pre-receive").read_bytes())
    hook.chmod(0o755)
    host.clone.git("remote", "set-url", "origin", new.as_uri())
    host.clone.write(BYTES, "Something else")
    host.clone.commit()
    assert "tampered[unfaithful-record]" in host.push().failed(1).err
    host.push("HEAD~1:refs/heads/main").done()


def test_without_agentpm_nothing_is_taken(host: Host, tmp_path: Path) -> None:
    """The hook fails closed, and says to whom it may concern."""
    host.commit("README.md", b"Hello")
    path = os.pathsep.join(host.clone.environ["PATH"].split(os.pathsep)[1:])
    hook = host.place / "hooks" / "pre-receive"
    lines = hook.read_text().splitlines(keepends=True)
    hook.write_text("".join('PATH="$PATH"\n' if x.startswith("PATH=") else x for x in lines))
    ran = host.push(PATH=path).failed(1)
    assert "remote: nothing was taken. Whoever keeps the server: pip install agentpm-cli" in ran.err
    host.push().done()


def test_a_server_that_knows_who_pushes_is_believed_over_the_commit(host: Host) -> None:
    """Bob cannot publish as Ada by writing her name into a commit."""
    config = json.loads(host.clone.read("config.json")) | {"pusher-variable": "REMOTE_USER"}
    host.clone.write("config.json", json.dumps(config))
    owners = json.loads(host.clone.read("owners.json"))
    owners["accounts"] = {"ada": "ada@example.org", "bob": "bob@example.org"}
    host.commit("owners.json", json.dumps(owners).encode())
    host.clone.write("config.json", json.dumps(config))
    host.clone.commit()
    host.push().done()
    host.commit("README.md", b"Hello")
    assert "`REMOTE_USER` is not set" in host.push().failed(1).err
    assert "refused[foreign-file]" in host.push(REMOTE_USER="bob").failed(1).err
    assert "has no mail address" in host.push(REMOTE_USER="eve").failed(1).err
    host.push(REMOTE_USER="ada").done()


def test_init_makes_whoever_makes_it_the_administrator(host: Host) -> None:
    """Somebody has to be one, and somebody is there."""
    owners = json.loads(host.clone.read("owners.json"))
    assert owners["administrators"] == ["ada@example.org"]
    assert owners["unlisted"] == "anyone"
    assert os.access(host.place / "hooks" / "pre-receive", os.X_OK)
    assert {".github", ".forgejo", ".gitlab-ci.yml", "hooks"} <= {
        entry.name for entry in host.clone.root.iterdir()
    }


# The command


def check(gate: Gate, project: Project, *argv: str) -> Ran:
    return project.run("registry", "check", *argv, "-C", str(gate.index.bare))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_exit_codes_tell_refusals_reviews_and_tampering_apart(
    tmp_path: Path, project: Project
) -> None:
    """1 can be mended by the publisher, 3 by an administrator, 4 by nobody."""
    gate = Gate(tmp_path)
    gate.publish("re-viewer", "1.0.0")
    check(gate, project, "HEAD~1..HEAD", "--late").failed(3)
    check(gate, project, "HEAD~1..HEAD", "--late", "--reviewed", "re-viewer").done()
    gate.file("index/x", b"")
    check(gate, project, "HEAD~2..HEAD", "--late").failed(1)
    gate.record("reviewer", 1, size=1)
    check(gate, project, "HEAD~3..HEAD", "--late").failed(4)


def test_a_document_says_the_same(tmp_path: Path, project: Project) -> None:
    """A check whose answer is no has worked: the document is whole."""
    gate = Gate(tmp_path).publish("reviewer", "1.0.1", tools="Bash")
    ran = check(gate, project, "HEAD~1..HEAD", "--late", "--json").failed(1)
    (refusal,) = ran.data["refusals"]
    assert (ran.data["accepted"], ran.data["commits"]) == (False, 1)
    assert refusal["details"]
    assert {k: v for k, v in refusal.items() if k not in ("message", "hint", "details")} == {
        "code": "widening-patch",
        "kind": "refused",
        "path": index_file("reviewer"),
        "line": 2,
        "commit": gate.index.tip,
    }


def test_the_words_on_a_terminal(tmp_path: Path, project: Project) -> None:
    """Rule, sentence, file with line, hint, and a sum at the end."""
    gate = Gate(tmp_path, {"administrators": ["ada@example.org"]})
    gate.publish("reviewer", "1.1.0", by="Bob")
    ran = check(gate, project, "HEAD~1..HEAD", "--late").failed(1)
    assert ran.lines == [
        f"refused[not-an-owner]: `reviewer` belongs to ada@example.org, not to `{person('Bob')}`",
        f"  --> index/re/vi/reviewer.jsonl:2 in {gate.index.tip[:12]}",
        "hint: choose another name, or ask to be listed for `reviewer` in `owners.json`",
        "",
        "HEAD~1..HEAD: 1 refused",
    ]


def test_a_range_without_a_beginning_is_the_whole_registry(
    tmp_path: Path, project: Project
) -> None:
    """CI gives zeros for a branch that is new."""
    gate = Gate(tmp_path)
    assert check(gate, project, f"{'0' * 40}..HEAD").done().lines == [
        "the whole registry: all is well"
    ]


def test_what_cannot_be_checked_is_said(tmp_path: Path, project: Project) -> None:
    """A typing error is no verdict."""
    gate = Gate(tmp_path)
    check(gate, project, "HEAD", "--json").failed(2, "bad-range")
    check(gate, project, "nothing..HEAD", "--json").failed(1, "missing-history")
    check(gate, project, "HEAD..--all", "--json").failed(2, "bad-range")
    check(gate, project, "HEAD..HEAD", "--pre-receive", "--json").failed(2, "conflicting-request")
    project.run("registry", "check", "--json").failed(2, "not-a-repository")
    ran = check(gate, project, "HEAD..HEAD", "--pusher", "ada", "--json")
    ran.failed(1, "unknown-pusher")
    project.environ["GIT_DIR"] = str(gate.index.bare)
    project.run("registry", "check", "--pre-receive", "--json", stdin="x").failed(2, "bad-range")


def test_a_clone_is_checked_where_one_stands(host: Host) -> None:
    """CI stands in a checkout, people anywhere below it."""
    host.clone.run("registry", "check").done()
    host.clone.run("registry", "check", cwd=host.clone.path("index")).done()


def test_a_push_costs_what_it_changes(tmp_path: Path, project: Project) -> None:
    """However many names there are: one process reads objects, none reads the whole index."""
    gate = Gate(tmp_path)
    with gate.one_commit():
        for number in range(300):
            gate.publish(f"agent-number-{number:05}", "1.0.0")
    gate.publish("reviewer", "1.1.0")
    same_name = check(gate, project, "HEAD~1..HEAD", "--late").done().git
    assert sorted(same_name) == ["cat-file", "diff-tree", "merge-base", "rev-list"]
    gate.publish("something-else", "1.0.0")
    new_name = check(gate, project, "HEAD~1..HEAD", "--late").done().git
    assert sorted(new_name) == ["cat-file", "diff-tree", "ls-tree", "merge-base", "rev-list"]
