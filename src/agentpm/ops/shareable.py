"""What of a registry's address may stand in a manifest, which everybody in a team reads."""

from __future__ import annotations

from agentpm.errors import AgentpmError
from agentpm.registry.access import token_variable
from agentpm.registry.address import Address


class CredentialsInManifest(AgentpmError):
    """A password that would be committed with the manifest."""

    code = "credentials-in-manifest"


def refuse_login(name: str, address: Address) -> None:
    """Refuse to write an address with a login in it where others read it.

    Raises:
        CredentialsInManifest: it has one.
    """
    if address.login:
        raise CredentialsInManifest(
            "the URL holds a password, and `agentpm.toml` is for everybody to read",
            hint=f"`agentpm registry add {name} {address.public}`, and {_secret(name, address)}",
        )


def _secret(name: str, address: Address) -> str:
    """Where the login to a registry belongs, which is not in its address."""
    if address.is_sparse:
        return f"the same with `--global`, so that `{token_variable(name)}` can hold its token"
    return "let git's credential helper know the login"
