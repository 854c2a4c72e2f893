"""What of a registry's line may stand in a manifest, which everybody in a team reads and follows."""

from __future__ import annotations

from agentpm.errors import AgentpmError
from agentpm.model.registry_entry import RegistryEntry
from agentpm.registry.access import token_variable
from agentpm.registry.address import Address, InsecureRegistry, parse_address


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


def shareable_terms(entry: RegistryEntry, *, own: bool) -> dict[str, object]:
    """The terms of a user's own line that go into a manifest with its URL.

    `own` is whether the manifest is for that user alone. That a registry may be read without
    encryption, a team says in so many words, or not at all.

    Raises:
        CredentialsInManifest: the URL holds a login.
        InsecureRegistry: without that permission the line would be of no use.
        UnusableAddress: the URL is no address.
    """
    address = parse_address(entry.url, allow_insecure=True)
    refuse_login(entry.name, address)
    if own and entry.allow_insecure:
        return {"allow-insecure": True, **entry.shared_terms}
    if entry.allow_insecure and address.is_insecure:
        line = f'{entry.name} = {{ url = "{address.public}", allow-insecure = true }}'
        raise InsecureRegistry(
            f"`{entry.name}` is not encrypted, which you allow for yourself, and not for everybody "
            "who has this `agentpm.toml`",
            hint=f"if all of them are to allow it, write `{line}` under `[registries]` there",
        )
    return entry.shared_terms


def _secret(name: str, address: Address) -> str:
    """What keeps the login to a registry that a whole team uses."""
    if address.is_sparse:
        return f"the same with `--global`, so that `{token_variable(name)}` can hold its token"
    return keeping_secret(name, address)


def keeping_secret(name: str, address: Address) -> str:
    """Where the login to the registry that the user calls `name` belongs, which is not in its URL."""
    if address.is_sparse:
        return f"let `{token_variable(name)}` hold its token"
    if address.is_ssh:
        return "let ssh use a key, as it takes no password from a URL"
    return "let git's credential helper know the login"
