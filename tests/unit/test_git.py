"""The door to git: which environment its processes get, what is read, how failures sound."""

from __future__ import annotations

import gc
import io
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from agentpm import git
from agentpm.credentials import without_credentials
from agentpm.environs import environment
from agentpm.git import Git, GitFailure, GitMissing
from support.index_repo import IndexRepo


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    """A repository with one agent in it."""
    return IndexRepo(tmp_path).publish("reviewer", "1.0.0")


def test_a_repository_named_by_a_hook_is_not_used(
    index: IndexRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a git hook, `GIT_DIR` names the repository that is being committed to."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
    out = Git(index.bare).run("rev-parse", operands=["refs/heads/main"])
    assert out.decode().strip() == index.tip


def test_the_environment_keeps_what_is_the_users_and_nothing_else() -> None:
    """Proxies, keys and traces are the user's; prompts and foreign repositories are not wanted."""
    given = {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://proxy",
        "GIT_SSL_CAINFO": "/ca.pem",
        "GIT_SSH_COMMAND": "/usr/bin/ssh -i key",
        "GIT_TRACE": "1",
        "GIT_CONFIG_GLOBAL": "/config",
        "GIT_CONFIG_PARAMETERS": "'core.hooksPath'='/evil'",
        "GIT_WORK_TREE": "/here",
        "GIT_ASKPASS": "/usr/bin/ask",
        "SSH_ASKPASS": "/usr/bin/ask",
    }
    made = environment(given)
    assert made["GIT_SSH_COMMAND"] == "/usr/bin/ssh -i key -oBatchMode=yes"
    assert made["GIT_TERMINAL_PROMPT"] == "0"
    assert made["GIT_ASKPASS"] == ""
    kept = ("PATH", "HTTPS_PROXY", "GIT_SSL_CAINFO", "GIT_TRACE", "GIT_CONFIG_GLOBAL")
    assert all(made[name] == given[name] for name in kept)
    assert not {"GIT_CONFIG_PARAMETERS", "GIT_WORK_TREE", "SSH_ASKPASS"} & made.keys()
    assert environment({"GIT_SSH_COMMAND": "plink -batch"})["GIT_SSH_COMMAND"] == "plink -batch"


def test_a_list_of_protocols_cannot_bring_back_what_is_refused() -> None:
    """`GIT_ALLOW_PROTOCOL` outweighs every setting."""
    given = {"GIT_ALLOW_PROTOCOL": "https:http:ext:file"}
    assert environment(given)["GIT_ALLOW_PROTOCOL"] == "https:http:file"
    assert environment(given, encrypted=True)["GIT_ALLOW_PROTOCOL"] == "https:file"


def test_hooks_do_not_run(index: IndexRepo, tmp_path: Path) -> None:
    """A hook in a repository is a program, and nobody asked for it to be run."""
    hook = index.bare / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", "utf-8")
    hook.chmod(0o755)
    Git(index.bare).run("update-ref", operands=["refs/heads/other", index.tip])
    assert not (tmp_path / "ran").exists()
    index.git("update-ref", "refs/heads/third", index.tip)
    assert (tmp_path / "ran").exists(), "git itself would have run it"


@pytest.mark.parametrize("operand", ["--upload-pack=touch x", "-x", "a\nb", "a\0b"])
def test_operands_are_never_options(index: IndexRepo, operand: str) -> None:
    """What comes from a manifest must not become an option of git."""
    with pytest.raises(GitFailure, match="cannot be handed to git"):
        Git(index.bare).run("rev-parse", operands=[operand])
    with pytest.raises(GitFailure, match="cannot be handed to git"), Git(index.bare).objects() as o:
        list(o.read([operand], limit=1))


def test_external_transports_are_refused(index: IndexRepo, tmp_path: Path) -> None:
    """`ext::` addresses run any command."""
    ran = Git(index.bare).attempt("fetch", operands=[f"ext::sh -c touch% {tmp_path}/ran"])
    assert ran.code != 0
    assert "not allowed" in ran.talk
    assert not (tmp_path / "ran").exists()


def test_unencrypted_transports_can_be_refused(index: IndexRepo) -> None:
    """A redirect could lead from an encrypted address to one that is not."""
    ran = Git(index.bare, git.ENCRYPTED_ONLY).attempt("fetch", operands=["git://127.0.0.1/x"])
    assert "transport 'git' not allowed" in ran.talk


def test_a_failure_says_what_git_said_without_credentials(index: IndexRepo) -> None:
    """A password in an address must not end up in a log of a continuous integration."""
    with pytest.raises(GitFailure) as caught:
        Git(index.bare).run("ls-remote", operands=["https://ada:secret@127.0.0.1:1/x"])
    everything = caught.value.message + "".join(caught.value.details)
    assert caught.value.message.startswith("`git ls-remote` failed: unable to access")
    assert "secret" not in everything
    assert "https://127.0.0.1:1/x" in everything


def test_a_password_of_any_characters_is_cut_out() -> None:
    """Git says an address as it was given, whatever quotes or slashes are in it."""
    said = "fatal: unable to access 'https://bob:s3'cr/3\"t@x.org/i.git/': gone"
    assert without_credentials(said) == "fatal: unable to access 'https://x.org/i.git/': gone"


def test_what_is_no_address_is_left_as_it_was() -> None:
    """Lines keep their blanks, mails their names, and an address without a login all of it."""
    said = "by  ada@example.org:\n\tssh://x.org/a and git@x.org:a.git, ssh://ada@x.org/b"
    assert without_credentials(said) == said.replace("ada@x.org/b", "x.org/b")


def test_what_was_written_over_on_the_terminal_is_not_said(index: IndexRepo) -> None:
    """Of progress only what stood there in the end, however long the line is."""
    talk = io.BytesIO(
        b"10%\r50%\rdone\r\n" + b"a" * 40_000 + b"\nremote: " + b"://" * 1_000 + b"\r"
    )
    assert git._talk(talk) == "done\n" + "a" * 40_000 + "\n"


def test_a_failure_without_words_says_so() -> None:
    """A process that was killed has nothing to say."""
    assert git.failure("fetch", "").message == "`git fetch` failed: it gave no reason"
    assert git.failure("fetch", "odd\n").message == "`git fetch` failed: odd"


def test_a_machine_without_git_is_told_where_to_get_it(
    index: IndexRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git is the one thing that pip cannot install."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GitMissing, match="not installed"):
        Git(index.bare).run("version")


def test_commands_without_a_repository_find_none_by_accident(
    index: IndexRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project in which agentpm runs is a repository of somebody's, too."""
    subprocess.run(["git", "init", "-q", str(index.tree / "project")], check=True)
    monkeypatch.chdir(index.tree / "project")
    assert Git(None).attempt("rev-parse", "--git-dir").code != 0


def test_processes_are_counted(index: IndexRepo) -> None:
    """That an install costs a constant number of processes is a promise, so it is counted."""
    before = len(git.processes())
    with Git(index.bare).objects() as objects:
        for _ in range(10):
            list(objects.read([index.tip] * 100, limit=1000))
    Git(index.bare).run("rev-parse", operands=["HEAD"])
    assert git.processes()[before:] == ("cat-file", "rev-parse")


def test_an_interrupted_command_leaves_no_process(
    index: IndexRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-C, no transfer goes on in the background."""
    fake = tmp_path / "bin" / "git"
    fake.parent.mkdir()
    fake.write_text(
        f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path}/p; mv {tmp_path}/p {tmp_path}/pid\nwait\n",
        "utf-8",
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")

    def stop(*_: object) -> None:
        if (tmp_path / "pid").exists():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            Git(index.bare).run("fetch")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    helper = Path(f"/proc/{(tmp_path / 'pid').read_text('utf-8').strip()}")
    for _ in range(1000):
        if not helper.exists() or "Z" in (helper / "stat").read_text("utf-8").split()[2]:
            break
        time.sleep(0.01)
    else:
        pytest.fail("the helper still runs")


def test_objects_come_in_the_order_asked(index: IndexRepo) -> None:
    """Answers are matched with questions by their order alone."""
    blob = index.git("rev-parse", "HEAD:config.json").strip()
    nothing = "0" * 40
    with Git(index.bare).objects() as objects:
        answers = list(objects.read([blob, nothing, "refs/heads/main", "no/such"], limit=1000))
    names, found = zip(*answers, strict=True)
    assert names == (blob, nothing, "refs/heads/main", "no/such")
    assert found[0] is not None
    assert (found[0].kind, found[0].content) == ("blob", (index.tree / "config.json").read_bytes())
    assert found[2] is not None
    assert (found[2].kind, found[2].id) == ("commit", index.tip)
    assert (found[1], found[3]) == (None, None)


def test_many_large_objects_do_not_block(index: IndexRepo) -> None:
    """Git stops reading questions while nobody takes its answers, so both must go on at once."""
    index.write("large", os.urandom(300_000))
    index.commit("Large")
    blob = index.git("rev-parse", "HEAD:large").strip()
    with Git(index.bare).objects() as objects:
        sizes = [found.size for _, found in objects.read([blob] * 500, limit=1_000_000) if found]
    assert sizes == [300_000] * 500


def test_content_over_the_limit_is_passed_over(index: IndexRepo) -> None:
    """A registry could hold a file of any size; reading must not fill the memory."""
    index.write("large", b"x" * 3_000_000)
    index.commit("Large")
    blob = index.git("rev-parse", "HEAD:large").strip()
    with Git(index.bare).objects() as objects:
        large, small = objects.read([blob, "refs/heads/main"], limit=1000)
    assert large[1] is not None
    assert (large[1].size, large[1].content) == (3_000_000, None)
    assert small[1] is not None
    assert small[1].content


def test_a_reader_that_stopped_listening_does_not_confuse_the_next(index: IndexRepo) -> None:
    """An answer that nobody took must not be taken for that to the next question."""
    with Git(index.bare).objects() as objects:
        unfinished = objects.read(["refs/heads/main"] * 100, limit=1000)
        next(unfinished)
        ((_, found),) = objects.read(["refs/heads/main^{tree}"], limit=1000)
        assert found is not None
        assert found.kind == "tree"
        unfinished.close()
        ((_, found),) = objects.read(["refs/heads/main"], limit=1000)
        assert found is not None
        assert found.kind == "commit"
        assert list(objects.read([], limit=1)) == []


def test_nothing_is_fetched_behind_the_readers_back(index: IndexRepo, tmp_path: Path) -> None:
    """A partial clone would fetch blob by blob; a missing object is an answer here."""
    index.git("config", "uploadpack.allowFilter", "true")
    blob = index.git("rev-parse", "HEAD:config.json").strip()
    clone = tmp_path / "partial"
    subprocess.run(["git", "init", "-q", "--bare", str(clone)], check=True)
    (clone / "config").write_text(
        f'[core]\nrepositoryformatversion = 0\nbare = true\n[remote "o"]\nurl = {index.url}\n',
        "utf-8",
    )
    partial = ("remote.o.promisor=true", "remote.o.partialclonefilter=blob:none")
    Git(clone, partial).run("fetch", operands=["o", "+HEAD:refs/tip"])
    with Git(clone).objects() as objects:
        assert dict(objects.read([blob], limit=1000)) == {blob: None}


def test_a_damaged_object_is_a_failure(index: IndexRepo) -> None:
    """A disk that lies must not end as an empty answer."""
    blob = index.git("rev-parse", "HEAD:config.json").strip()
    loose = index.bare / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o600)
    loose.write_bytes(loose.read_bytes()[:-8] + b"damaged!")
    with Git(index.bare).objects() as objects:
        with pytest.raises(GitFailure, match="cat-file"):
            list(objects.read([blob] * 100, limit=1000))
        ((_, found),) = objects.read(["refs/heads/main"], limit=1000)
        assert found is not None


def test_a_directory_that_is_no_repository_is_a_failure(tmp_path: Path) -> None:
    """Something else may stand where a clone was."""
    with Git(tmp_path / "none").objects() as objects, pytest.raises(GitFailure):
        list(objects.read(["HEAD"], limit=1000))


def test_a_forgotten_reader_ends_its_process(index: IndexRepo) -> None:
    """Nobody has to remember to close a registry."""
    objects = Git(index.bare).objects()
    list(objects.read(["HEAD"], limit=1000))
    process = objects._process
    assert process is not None
    del objects
    gc.collect()
    assert process.poll() is not None
