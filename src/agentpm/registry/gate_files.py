"""The files of a new registry that set its gate up: on git hosts, as a hook of one's own server."""

from __future__ import annotations

_HOOK = """\
#!/bin/sh
# The gate of this registry: git runs it for every push, before anything of the push is taken.
# It is copied to hooks/pre-receive of the repository on the server, and made executable there.
# Where agentpm is not on the server's PATH, name its folder here:
PATH="$PATH{folder}"
export PATH
if ! command -v agentpm >/dev/null 2>&1; then
    echo "This registry has agentpm check what is pushed, and its server does not find it:" >&2
    echo "nothing was taken. Whoever keeps the server: pip install agentpm-cli" >&2
    exit 1
fi
exec agentpm registry check --pre-receive
"""

_GITHUB = """\
# The gate of this registry. It becomes one when the main branch is protected: no direct and no
# forced pushes, and the check `gate` required. `agentpm publish --branch` opens the way then.
# A request is checked by the file that is on the main branch, so that it cannot change its own
# check; of the request itself nothing is run, it is only read.
name: gate
on:
  pull_request_target:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
          ref: ${{ github.event.number && format('refs/pull/{0}/head', github.event.number) || github.sha }}
          persist-credentials: false
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install agentpm-cli
      - if: github.event_name == 'pull_request_target'
        env:
          BASE: ${{ github.event.pull_request.base.sha }}
          HEAD: ${{ github.event.pull_request.head.sha }}
        run: agentpm registry check "$(git merge-base "$BASE" "$HEAD")..$HEAD"
      - if: github.event_name == 'push'
        env:
          BEFORE: ${{ github.event.before }}
          AFTER: ${{ github.event.after }}
        run: agentpm registry check "$BEFORE..$AFTER" --late
"""

_GITLAB = """\
# The gate of this registry. It becomes one when the main branch is protected, and merge requests
# need a pipeline that succeeded. `agentpm publish --branch` opens the way then. A request can change
# this file: let the project's CI/CD configuration be one of another project, or look at such requests.
gate:
  image: python:3.12
  variables:
    GIT_DEPTH: "0"
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - pip install agentpm-cli
    - |
      if [ -n "$CI_MERGE_REQUEST_DIFF_BASE_SHA" ]; then
        agentpm registry check "$CI_MERGE_REQUEST_DIFF_BASE_SHA..$CI_COMMIT_SHA"
      else
        agentpm registry check "$CI_COMMIT_BEFORE_SHA..$CI_COMMIT_SHA" --late
      fi
"""


def gate_files(folder: str | None = None) -> dict[str, bytes]:
    """The files by their paths in the registry; `folder` is where agentpm may be, for the hook."""
    return {
        ".forgejo/workflows/gate.yml": _GITHUB.replace("ubuntu-latest", "docker").encode(),
        ".github/workflows/gate.yml": _GITHUB.encode(),
        ".gitlab-ci.yml": _GITLAB.encode(),
        "hooks/pre-receive": hook(folder),
    }


def hook(folder: str | None = None) -> bytes:
    """The `pre-receive` hook, which refuses everything where it does not find agentpm.

    `folder` is one in which to look for it after those of the `PATH`.
    """
    usable = folder is not None and not set('"\\$`\n:') & set(folder)
    return _HOOK.replace("{folder}", f":{folder}" if usable else "").encode()
