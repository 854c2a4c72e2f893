"""A team whose registry is signed, with people who hold keys and one who does not.

How to use it:

    team = SignedTeam(tmp_path)                       # alice is the first signer
    team.publish("reviewer", "1.0.0", by=team.alice)
    team.require()                                    # the project takes signed releases only
    team.project.run("install", "reviewer").done()

- `team.alice`, `team.bob`, `team.mallory` are keys; `team.add(team.bob)` makes him a signer.
- `team.publish(name, version, by=key)` runs `agentpm publish` as the holder of the key; with
  `by=None` somebody who can push puts the release there by hand, unsigned.
- `team.record(name)` reads the newest record of a package, `team.rewrite(name, **fields)` changes it
  by hand, None for a field that goes, as somebody can who may push.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.index_repo import IndexRepo, index_file
from support.keys import Key
from support.project import Project, Ran
from support.team import MANIFEST


class SignedTeam:
    """A signed registry called `acme`, with a project that uses it."""

    def __init__(self, tmp_path: Path, name: str = "acme") -> None:
        self.tmp_path = tmp_path
        self.index = IndexRepo(tmp_path, name)
        self.alice, self.bob, self.mallory = (
            Key(tmp_path, f"{name}-{who}") for who in ("alice", "bob", "mallory")
        )
        self.project = self.member("reader")
        self.add(self.alice)

    def member(self, person: str) -> Project:
        """A project of another person, who looks at the registry for the first time."""
        project = Project(self.tmp_path, person=person)
        project.environ["AGENTPM_MAX_AGE"] = "0"
        project.write("agentpm.toml", MANIFEST.format(url=self.index.url))
        return project

    def of(self, key: Key) -> str:
        """The name of a key's holder."""
        return f"{key.path.name.rpartition('-')[2]}@example.org"

    def signer(self, key: Key) -> str:
        """What a lockfile calls who signed with it."""
        return f"{self.of(key)} {key.public.fingerprint}"

    def add(self, key: Key, *, by: Key | None = None) -> Ran:
        """Make the holder of a key a signer."""
        return self.signers(f"--add={self.of(key)}={key.file}", by=by)

    def remove(self, key: Key, *, by: Key | None = None) -> Ran:
        """Revoke a key."""
        return self.signers(f"--remove={key.public.fingerprint}", by=by)

    def signers(self, *change: str, by: Key | None = None) -> Ran:
        """Change the list of signers."""
        key = str((by or self.alice).path)
        ran = self.desk().run("registry", "signers", "acme", *change, "--key", key, "--json")
        self._pull()
        return ran

    def desk(self) -> Project:
        """Where people work who publish."""
        return self.member("publisher")

    def publish(self, name: str, version: str, *, by: Key | None) -> None:
        """Publish a release; by nobody's key, it is put there by hand."""
        if by is None:
            self._pull()
            self.index.publish(name, version, tools="Read")
            return
        desk = self.desk()
        text = f"---\nname: {name}\ndescription: Use it.\ntools: Read\n---\nBe {version}.\n"
        desk.write(f"{name}.md", text)
        argv = ["publish", f"{name}.md", "--version", version, "--key", str(by.path)]
        desk.run(*argv, "--registry", "acme").done()
        self._pull()

    def yank(self, release: str, *, by: Key, reason: str | None = "broken") -> Ran:
        """Yank a release, or take that back."""
        verb = ["yank", release, "--reason", reason] if reason else ["unyank", release]
        ran = self.desk().run(*verb, "--registry", "acme", "--key", str(by.path))
        self._pull()
        return ran

    def require(self, project: Project | None = None) -> None:
        """Let the project take signed releases only."""
        project = project or self.project
        url = self.index.url
        table = f'acme = {{ url = "{url}", require-signatures = true }}'
        project.write("agentpm.toml", project.manifest.replace(f'acme = "{url}"', table))

    def record(self, name: str, line: int = -1) -> dict[str, Any]:
        """A record of a package, the newest by default."""
        texts = (self.index.tree / index_file(name)).read_text("utf-8").splitlines()
        record = json.loads(texts[line])
        assert isinstance(record, dict)
        return record

    def rewrite(self, name: str, /, line: int = -1, **fields: Any) -> None:
        """Change a record by hand; a field that becomes None goes."""
        path = index_file(name)
        texts = (self.index.tree / path).read_text("utf-8").splitlines()
        record = {k: v for k, v in (json.loads(texts[line]) | fields).items() if v is not None}
        texts[line] = json.dumps(record)
        self.index.write(path, ("\n".join(texts) + "\n").encode())
        self.index.commit("Something else")

    def sign_by_hand(self, name: str, key: Key, /, *, line: int = -1, **other: str) -> None:
        """Sign a record as it stands, whoever holds the key; `other` is what is signed instead."""
        self.rewrite(name, line, signature=self.signature(name, key, line=line, **other))

    def signature(
        self,
        name: str,
        key: Key,
        /,
        *,
        line: int = -1,
        namespace: str = "agentpm-release",
        **other: object,
    ) -> str:
        """A signature over a record, or over what `other` says instead of it."""
        record = self.record(name, line)
        own = json.loads((self.index.tree / "config.json").read_text("utf-8"))["id"]
        told = {"kind": "release", "registry": own}
        told |= {field: record[field] for field in ("checksum", "name", "version")}
        statement = json.dumps(told | other, sort_keys=True, separators=(",", ":"))
        return key.sign(statement.encode(), namespace)

    def signers_text(self) -> str:
        """The list of signers as it stands in the registry."""
        return (self.index.tree / "signers.jsonl").read_text("utf-8")

    def write_signers(self, text: str | None) -> None:
        """Put another list there by hand, or none."""
        if text is None:
            self.index.remove("signers.jsonl")
            return
        self.index.write("signers.jsonl", text.encode())
        self.index.commit("Other signers")

    def _pull(self) -> None:
        """Bring the work tree, in which things are changed by hand, up to the repository."""
        self.index.git("reset", "--quiet", "--hard", "refs/heads/main")
