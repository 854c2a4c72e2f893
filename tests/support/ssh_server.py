"""A real sshd on loopback, with keys, configuration and port of its own, for whoever runs the tests.

How to use it:

    if SshServer.missing():
        pytest.skip(SshServer.missing())
    with SshServer(tmp_path / "ssh") as server:
        project.environ["PATH"] = server.path           # there, `ssh` knows key, host and nothing else
        project.run("registry", "add", "acme", server.url(index.bare))

- `server.url(path)` is an `ssh://` address, `server.scp(path)` one like those of `scp`.
- `server.forget()` makes the clients forget the host's key. `server.known` is where they keep keys.

Everything lies below the directory that it is given; the user's own keys and configuration are not
looked at.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

_SEPARATION = Path("/run/sshd")
_ALIAS = "agents.test"


def _sshd() -> str | None:
    return shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class SshServer:
    """The docstring of this module says how to use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self.known = folder / "known_hosts"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        for name in ("host", "user"):
            file = str(folder / name)
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file], check=True
            )
        (folder / "authorized").write_bytes((folder / "user.pub").read_bytes())
        self._known_line = f"[127.0.0.1]:{self.port} {(folder / 'host.pub').read_text('utf-8')}"
        self.known.write_text(self._known_line, "utf-8")
        self._configure()

    @staticmethod
    def missing() -> str:
        """Why there can be no such server here; empty where there can."""
        if _sshd() is None or shutil.which("ssh") is None:
            return "needs `ssh` and `sshd`: `apt-get install openssh-server`"
        if os.geteuid() == 0 and not _SEPARATION.is_dir():
            return f"for root, sshd wants the directory {_SEPARATION}: `mkdir -p {_SEPARATION}`"
        return ""

    def _configure(self) -> None:
        folder = self._folder
        server = f"""\
Port {self.port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
"""
        client = f"""\
Host {_ALIAS}
HostName 127.0.0.1
Port {self.port}
User {getpass.getuser()}
Host *
IdentityFile {folder}/user
IdentitiesOnly yes
IdentityAgent none
UserKnownHostsFile {self.known}
GlobalKnownHostsFile /dev/null
"""
        (folder / "sshd_config").write_text(server, "utf-8")
        (folder / "ssh_config").write_text(client, "utf-8")
        # ssh reads its configuration in the home directory of the account, whatever `HOME` says.
        wrapper = folder / "bin" / "ssh"
        wrapper.parent.mkdir()
        wrapper.write_text(
            f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/ssh_config "$@"\n', "utf-8"
        )
        wrapper.chmod(0o755)

    @property
    def path(self) -> str:
        """A `PATH` whose `ssh` knows this server, and nothing of the user's."""
        return f"{self._folder / 'bin'}{os.pathsep}{os.environ['PATH']}"

    def url(self, repository: Path) -> str:
        """The `ssh://` address of a repository on this machine."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repository}"

    def scp(self, repository: Path) -> str:
        """Its address as `scp` writes them."""
        return f"{_ALIAS}:{repository}"

    def forget(self) -> None:
        """Make the clients forget the key of this host."""
        self.known.unlink()

    def __enter__(self) -> Self:
        command = [_sshd() or "sshd", "-D", "-e", "-f", str(self._folder / "sshd_config")]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            if self._process.poll() is not None:
                break
            time.sleep(0.01)
        self._process.terminate()
        raise AssertionError((self._folder / "log").read_text("utf-8"))

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
