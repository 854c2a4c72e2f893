"""Write the records of the shipped registry, `registry-index/`, from its agent files.

    python scripts/build_shipped_index.py [FACTS.toml]

A file says what it is; it cannot say when it was published, or that it was yanked. Those facts come
from the records that are there already, or for new releases from a TOML file of `[[release]]` tables
with `name`, `version`, `published` and possibly `yanked` or `license`. Records that exist are never changed but
for a new `yanked`; whatever else would change is an error.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentpm import __version__
from agentpm.model.name import PackageName
from agentpm.model.release import SHIPPED, Release
from agentpm.model.version import Version, parse_version
from agentpm.registry.documents import DIGEST_FILE
from agentpm.registry.init import new_tree
from agentpm.registry.layout import digest_of, shipped_files
from agentpm.registry.record_of import check_faithful, describe
from agentpm.registry.wire import index_path, parse_index, render, shard

ROOT = Path(__file__).resolve().parents[1] / "registry-index"
REGISTRY_ID = "6f0c1d3be27a4f5c9b84e3a2d57190cc"

Facts = Mapping[tuple[str, str], Mapping[str, Any]]


def build(root: Path, facts: Facts) -> dict[str, bytes]:
    """All files of the registry at `root`, with the records that its agents and `facts` make."""
    files = shipped_files(root)
    agents = _agents(files)
    result = new_tree(REGISTRY_ID) | {p: raw for p, raw in files.items() if p.startswith("agents/")}
    for name in sorted({name for name, _ in agents}):
        path = index_path(name)
        known = {r.version: r for r in parse_index(files.get(path, b""), path, SHIPPED).releases}
        releases = [
            _release(raw, known.get(version), facts, (name, version))
            for (owner, version), raw in agents.items()
            if owner == name
        ]
        order = {version: place for place, version in enumerate(known)}
        # Records keep their places; new ones follow in the order in which they were published.
        releases.sort(key=lambda r: (order.get(r.version, len(order)), r.published, r.version))
        result[path] = "".join(f"{render(release)}\n" for release in releases).encode()
    return result


def _agents(files: Mapping[str, bytes]) -> dict[tuple[PackageName, Version], bytes]:
    found = {}
    for path, raw in files.items():
        if path.startswith("agents/") and path.endswith(".md"):
            *_, folder, file = path.split("/")
            name, version = PackageName(folder), parse_version(file.removesuffix(".md"))
            if path != f"agents/{shard(name)}/{version}.md":
                sys.exit(f"{path}: stands in the wrong place")
            found[name, version] = raw
    return found


def _release(
    raw: bytes, known: Release | None, facts: Facts, key: tuple[PackageName, Version]
) -> Release:
    name, version = key
    fact = facts.get((name, str(version)), {})
    if known is not None:
        check_faithful(known, raw)
        return replace(known, yanked=fact.get("yanked", known.yanked))
    if "published" not in fact:
        sys.exit(f"{name} {version}: when was it published? Say so in a TOML file of facts")
    release = replace(
        describe(raw, f"{name} {version}", name, version, SHIPPED),
        license=fact.get("license"),
        published=fact["published"],
        publisher="agentpm",
        provenance={"agentpm": __version__},
        yanked=fact.get("yanked"),
    )
    check_faithful(release, raw)
    return release


def main(arguments: list[str]) -> None:
    """Write the index, the files around it, the digest of all."""
    facts = {}
    for argument in arguments:
        for fact in tomllib.loads(Path(argument).read_text(encoding="utf-8"))["release"]:
            facts[fact["name"], fact["version"]] = fact
    files = build(ROOT, facts)
    for path, content in files.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_bytes(content)
    (ROOT / DIGEST_FILE).write_bytes(f"{digest_of(files)}\n".encode())
    print(f"{sum(path.startswith('agents/') for path in files) - 1} releases")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
