"""What tests of git servers begin with: who asks, a registry to serve, servers that misbehave.

How to use it:

    pytestmark = pytest.mark.usefixtures("ada_commits")      # git knows a person to name in commits

    def test_one(index: IndexRepo, ada: Machine) -> None:    # fixtures that every test can ask for
        with GitHost(index.bare.parent) as host: ...

- `index` is a registry with `reviewer 1.0.0` in it that takes pushes over HTTP; `ada` is a machine.
- `protect(index)` lets nobody push to its main branch, as a git host does.
- `with stuck(index, ada) as url:` is a server that sends half of something large, and then nothing.
- `credential_helper(tmp_path, "ada:secret")` makes a login known to git, as a keychain would.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.index_repo import IndexRepo, Server
from support.machine import Machine, identity

GITHUB = """\
#!/bin/sh
while read old new ref; do
  [ "$ref" = refs/heads/main ] || continue
  echo 'error: GH006: Protected branch update failed for refs/heads/main.' >&2
  exit 1
done
echo "Create a pull request for your branch by visiting:" >&2
printf 'https://git.example.org/acme/index/pull/new/branch\\033[2J\\n' >&2
"""
"""A hook with which a bare repository behaves as a git host does that protects its main branch."""


@pytest.fixture
def ada_commits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ada is the person who commits, on a machine without any other configuration."""
    identity(monkeypatch, tmp_path)


@pytest.fixture
def ada(tmp_path: Path) -> Iterator[Machine]:
    """Ada's machine."""
    machine = Machine(tmp_path)
    yield machine
    machine.close()


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    """A registry with one agent in it, which takes pushes over HTTP, and serves partial clones."""
    index = IndexRepo(tmp_path).publish("reviewer", "1.0.0", tools="Read")
    index.git("config", "http.receivepack", "true")
    index.git("config", "uploadpack.allowFilter", "true")
    return index


def protect(index: IndexRepo) -> None:
    """Let nobody push to the main branch."""
    hook = index.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(GITHUB, "utf-8")
    hook.chmod(0o755)


def large(index: IndexRepo) -> None:
    """Put something into the registry that no compression makes small."""
    index.write("large", os.urandom(2_000_000))
    index.commit("Large")


def half_of_a_pack(tmp_path: Path) -> Path:
    """A program that makes packs for a server, of which it sends the first million bytes."""
    hook = tmp_path / "half"
    hook.write_text('#!/bin/sh\n"$@" | { head -c 1000000; sleep 20; }\n', "utf-8")
    hook.chmod(0o755)
    return hook


@contextmanager
def stuck(index: IndexRepo, ada: Machine) -> Iterator[str]:
    """The URL of a server that was read once, has something large by now, and sends half of it."""
    hook = half_of_a_pack(index.bare.parent)
    with Server(index, filters=False) as good:
        ada.registry(good.url, allow_insecure=True).refresh()
    large(index)
    with Server(index, filters=False, hook=hook) as server:
        first = ada.registry(good.url, allow_insecure=True)._mirror.directory.parent
        first.rename(ada.registry(server.url, allow_insecure=True)._mirror.directory.parent)
        yield server.url


def credential_helper(tmp_path: Path, login: str) -> None:
    """Let git's configuration know a login, as a keychain would."""
    user, _, password = login.partition(":")
    script = tmp_path / "helper"
    script.write_text(
        f'#!/bin/sh\n[ "$1" = get ] && printf "username={user}\\npassword={password}\\n"\n', "utf-8"
    )
    script.chmod(0o755)
    with (tmp_path / "gitconfig").open("a", encoding="utf-8") as config:
        config.write(f"[credential]\n\thelper = {script}\n")
