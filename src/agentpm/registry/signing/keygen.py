"""The only door to `ssh-keygen`, which signs with keys that agentpm never sees."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.git import Git
from agentpm.registry.signing.keys import PublicKey, parse_key
from agentpm.registry.signing.sshsig import read_signature, unarmored, verify
from agentpm.registry.signing.wireformat import Unreadable

_KEY_LIMIT = 65536


class NoSigningKey(AgentpmError):
    """Nothing to sign with."""

    code = "no-signing-key"


class SigningFailed(AgentpmError):
    """An `ssh-keygen` that did not sign."""

    code = "signing-failed"


def signing_key(given: str | None) -> Path:
    """The file of the key to sign with: `given`, else the one that git signs commits with.

    Raises:
        NoSigningKey: there is none.
    """
    named = given or _key_of_git()
    if not named:
        raise NoSigningKey(
            "no key to sign with is known",
            hint="name its file with `--key FILE`, or in `AGENTPM_SIGNING_KEY`, or let git know it: "
            "`git config --global gpg.format ssh` and `git config --global user.signingKey FILE`",
        )
    path = Path(named).expanduser()
    if fs.stamp(path) is None:
        raise NoSigningKey(
            f"the key `{path}` does not exist", hint="name the file of a key that is there"
        )
    return path


def _key_of_git() -> str | None:
    if _asked("gpg.format") != "ssh":
        return None
    named = _asked("user.signingKey")
    # Git also takes the key itself, which stands for no file.
    return None if named.startswith(("key::", "ssh-")) else named


def _asked(setting: str) -> str:
    ran = Git(None).attempt("config", "--get", operands=(setting,))
    return ran.out.decode(errors="replace").strip() if ran.code == 0 else ""


def public_key(path: Path) -> PublicKey:
    """The public half of the key in the file `path`, which may be that of either half.

    Raises:
        NoSigningKey: there is no `.pub` file.
        UnusableKey: it holds no key that agentpm can verify.
    """
    place = path if path.suffix == ".pub" else path.with_name(path.name + ".pub")
    raw = fs.read(place, limit=_KEY_LIMIT)
    if raw is None:
        raise NoSigningKey(
            f"there is no public key `{place}`",
            hint=f"`ssh-keygen -y -f {path} > {place}` writes it",
        )
    return parse_key(raw.decode("utf-8", "replace"))


def sign(path: Path, statement: bytes, namespace: str) -> str:
    """A signature over `statement` by the key in the file `path`, verified before it is given.

    A key with a passphrase is asked for on the terminal, or taken from the agent that has it.

    Raises:
        SigningFailed: ssh-keygen refused, is missing, or signed with another key.
    """
    try:
        ran = subprocess.run(
            ["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", str(path.absolute())],
            input=statement,
            capture_output=True,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except OSError:
        raise SigningFailed(
            "ssh-keygen could not be started: it is not installed, or not on the `PATH`",
            hint="install OpenSSH 8.1 or newer",
        ) from None
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip().splitlines()
        raise SigningFailed(
            f"ssh-keygen did not sign with `{path}`",
            details=tuple(said[:5]),
            hint="is it the file of a key that you can use? `ssh-add` gives one to the agent",
        )
    return _checked(ran.stdout.decode("ascii", "replace"), path, statement, namespace)


def _checked(armored: str, path: Path, statement: bytes, namespace: str) -> str:
    try:
        text = unarmored(armored)
        signature = read_signature(text)
    except Unreadable as error:
        raise SigningFailed(
            f"what ssh-keygen made with `{path}` is no signature: {error}"
        ) from None
    if signature.key != public_key(path) or not verify(signature, statement, namespace):
        raise SigningFailed(
            f"the key in `{path}` and the one in its `.pub` file are not two halves of one key"
        )
    return text
