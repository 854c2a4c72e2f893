"""`agentpm registry`, `cache`, `search`: names for registries, and what is kept of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentpm.model.journal import Journal, write_journal
from support.index_repo import IndexRepo, agent_text, index_file
from support.project import Project
from support.team import Team
from support.terminal import at_terminal
from support.web_server import StaticServer

CONFIG = """\
# What I like.
max-age = 60   # a minute

[registries]
old = "https://example.org/old.git"   # still needed
"""


@pytest.fixture
def index(tmp_path: Path) -> IndexRepo:
    return IndexRepo(tmp_path).publish("reviewer", "1.0.0", tools="Read")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def config(project: Project) -> Path:
    return project.home / "config" / "config.toml"


def test_a_name_in_the_manifest_is_for_the_team(project: Project, index: IndexRepo) -> None:
    """Whoever clones the project has the registry too."""
    project.run("registry", "add", "acme", index.url).done()
    assert tomllib.loads(project.manifest)["registries"] == {"acme": index.url}
    project.run("install", "reviewer", "--registry", "acme").done()


def test_your_own_configuration_keeps_its_comments(project: Project, index: IndexRepo) -> None:
    """It is a file that people write; a command may add a line to it, no more."""
    config(project).parent.mkdir()
    config(project).write_text(CONFIG)
    project.run("registry", "add", "acme", index.url, "--global").done()
    assert config(project).read_text() == CONFIG + f'acme = "{index.url}"\n'
    project.run("registry", "remove", "acme", "--global").done()
    assert config(project).read_text() == CONFIG
    assert not project.exists("agentpm.toml")


def test_a_broken_configuration_is_not_edited(project: Project, index: IndexRepo) -> None:
    """What cannot be read must not be written."""
    config(project).parent.mkdir()
    config(project).write_text("[registries\n")
    ran = project.run("registry", "add", "acme", index.url, "--global")
    assert ran.failed(1).err.startswith("error: `")
    assert "config.toml:1:12" in ran.err
    assert config(project).read_text() == "[registries\n"


def test_what_does_not_answer_gets_no_name(project: Project, tmp_path: Path) -> None:
    """A typing error is found now, not by somebody else next week."""
    empty = tmp_path / "empty"
    empty.mkdir()
    gone = (tmp_path / "gone").as_uri()
    project.run("registry", "add", "acme", gone, "--json").failed(1, "registry-unreachable")
    project.run("registry", "add", "acme", str(empty), "--json").failed(1, "registry-unreachable")
    plain = Project(tmp_path, "plain", person="bob")
    plain.write("README.md", "Only a repository.")
    plain.commit()
    project.run("registry", "add", "acme", str(plain.root), "--json").failed(1, "not-a-registry")
    assert not project.exists("agentpm.toml")


def test_without_a_network_a_name_is_taken_on_trust(project: Project, tmp_path: Path) -> None:
    """On a train one can still prepare a project; that nobody checked is said."""
    gone = (tmp_path / "gone").as_uri()
    ran = project.run("registry", "add", "acme", gone, "--offline").done()
    assert "was not asked" in ran.err
    assert gone in project.manifest


def test_a_password_is_not_written_into_the_manifest(project: Project) -> None:
    """It would be in git for good."""
    url = "https://ada:secret@example.org/agents.git"
    ran = project.run("registry", "add", "acme", url, "--offline", "--json")
    assert "secret" not in ran.failed(1, "credentials-in-manifest").out
    assert not project.exists("agentpm.toml")


@pytest.mark.parametrize("verb", ["install", "add"])
def test_a_password_of_ones_own_is_not_shared_with_the_team(
    project: Project, index: IndexRepo, verb: str
) -> None:
    """Using a personal registry in a project writes it into the manifest, but not with a login."""
    url = index.url.replace("file://", "file://ada:secret@")
    project.run("registry", "add", "acme", url, "--global", "--offline").done()
    ran = project.run(verb, "reviewer", "--registry", "acme", "--json")
    assert "secret" not in ran.failed(1, "credentials-in-manifest").out
    assert not project.exists("agentpm.toml") or "secret" not in project.manifest


@pytest.mark.parametrize(
    ("url", "way"),
    [
        ("https://ada:secret@x.org/i.git", "git's credential helper"),
        ("ssh://ada:secret@x.org/i.git", "let ssh use a key"),
        ("sparse+https://ada:secret@x.org/i", "`AGENTPM_TOKEN_ACME`"),
    ],
)
def test_a_password_of_ones_own_is_kept_from_others_and_warned_about(
    project: Project, url: str, way: str
) -> None:
    """It is still in a file as plain text, from which the next backup takes it."""
    ran = project.run("registry", "add", "acme", url, "--global", "--offline").done()
    assert config(project).stat().st_mode & 0o077 == 0
    assert (way in ran.err, "secret" in ran.err) == (True, False)
    again = project.run("registry", "add", "acme", url, "--global", "--offline").done()
    assert "password" not in again.err


INSECURE = '[registries]\nacme = {{ url = "{}", allow-insecure = true }}\n'


def test_what_you_allow_yourself_is_not_allowed_to_the_team(project: Project) -> None:
    """Reading without encryption is for whoever knows the network; a team says so for itself."""
    config(project).parent.mkdir()
    config(project).write_text(INSECURE.format("http://127.0.0.1:1/i.git"))
    ran = project.run("add", "reviewer", "--registry", "acme", "--json")
    error = ran.failed(1, "insecure-registry").envelope["error"]
    line = INSECURE.format("http://127.0.0.1:1/i.git").splitlines()[1]
    assert f"`{line}`" in error["hint"]
    assert not project.exists("agentpm.toml")
    project.write("agentpm.toml", f"[agents]\n\n[registries]\n{line}\n")
    project.run("add", "reviewer", "--registry", "acme", "--json").failed(1, "registry-unreachable")


def test_a_permission_that_is_not_needed_is_not_shared(project: Project, index: IndexRepo) -> None:
    """Nobody would miss it until the day on which the address leads elsewhere."""
    config(project).parent.mkdir()
    config(project).write_text(INSECURE.format(index.url))
    project.run("install", "reviewer", "--registry", "acme").done()
    assert tomllib.loads(project.manifest)["registries"] == {"acme": index.url}


def test_what_you_allow_yourself_holds_for_your_own_agents(
    project: Project, index: IndexRepo
) -> None:
    """Both files are yours."""
    config(project).parent.mkdir()
    config(project).write_text(INSECURE.format(index.url))
    project.run("install", "reviewer", "--registry", "acme", "--global").done()
    own = tomllib.loads((project.home / "config" / "agentpm.toml").read_text("utf-8"))
    assert own["registries"]["acme"]["allow-insecure"] is True


def test_nothing_is_not_the_address_of_a_registry(project: Project) -> None:
    """It is not the directory that one happens to be in either."""
    error = project.run("registry", "add", "acme", "", "--json").failed(2, "unusable-address")
    assert error.envelope["error"]["message"].startswith("an empty text")
    long = "ext::" + "x" * 5000
    error = project.run("registry", "add", "acme", long, "--json").failed(2, "unusable-address")
    assert len(error.out) < 1000


def test_a_name_that_no_registry_has_is_answered_with_the_one_that_was_meant(
    project: Project, index: IndexRepo
) -> None:
    """Whatever command it is given to."""
    project.run("registry", "add", "acme", index.url).done()
    for argv in (("install", "x", "--registry", "acmee"), ("registry", "update", "acmee")):
        error = project.run(*argv, "--json").failed(1, "unknown-registry").envelope["error"]
        assert error["hint"] == "did you mean `acme`?"


def test_a_package_of_another_registry_that_was_seen_is_pointed_to(
    project: Project, tmp_path: Path
) -> None:
    """Its name is known here, so nobody has to be asked."""
    one = IndexRepo(tmp_path, "one").publish("dup", "1.0.0", tools="Read")
    project.run("registry", "add", "one", one.url).done()
    ran = project.run("install", "dup").failed(1)
    assert "is in `one`: ask for it with `--registry one`" in ran.err
    project.run("install", "dup", "--registry", "one").done()


def test_a_password_in_your_own_configuration_is_never_shown(project: Project) -> None:
    """There it is yours; a list is copied into chats and tickets."""
    url = "https://ada:secret@example.org/agents.git"
    ran = project.run("registry", "add", "acme", url, "--offline", "--global").done()
    shown = project.run("registry", "list").done()
    again = project.run("registry", "add", "acme", url + "x", "--offline", "--global", "--json")
    assert "secret" in config(project).read_text()
    assert (
        "secret" not in ran.out + ran.err + shown.out + again.failed(1, "registry-name-taken").out
    )


def test_a_name_stands_for_one_registry(project: Project, index: IndexRepo) -> None:
    """Pointing a name elsewhere would send dependents elsewhere, silently."""
    project.run("registry", "add", "acme", index.url).done()
    ran = project.run("registry", "add", "acme", "https://example.org/x", "--json")
    ran.failed(1, "registry-name-taken")
    same = project.run("registry", "add", "acme", index.url, "--json").done()
    assert same.data["changed"] is False


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ('acme = "{url}"  # ours', 'acme = {{url = "{url}", require-signatures = true}}  # ours'),
        (
            'acme = {{ url = "{url}", minimum-release-age = "2d" }}  # ours',
            'acme = {{ url = "{url}", minimum-release-age = "2d", require-signatures = true}}  # ours',
        ),
        (
            '[registries.acme]\nurl = "{url}"  # ours',
            '[registries.acme]\nurl = "{url}"  # ours\nrequire-signatures = true',
        ),
    ],
)
def test_a_name_that_is_there_gets_further_terms(
    project: Project, index: IndexRepo, line: str, after: str
) -> None:
    """Whoever decides later to want signatures types what they would have typed at first."""
    head = "# We\n[agents]\n\n" + ("" if line.startswith("[") else "[registries]\n")
    project.write("agentpm.toml", f"{head}{line.format(url=index.url)}\n")
    add = ("registry", "add", "acme", index.url, "--require-signatures")
    ran = project.run(*add).done()
    assert ran.lines == ["acme has `require-signatures = true` now, in agentpm.toml"]
    assert project.manifest == f"{head}{after.format(url=index.url)}\n"
    again = project.run(*add, "--json").done().data
    assert (again["changed"], again["terms"]) == (False, {})
    assert "already" in project.run(*add).done().out


def test_terms_are_added_to_your_own_configuration_too(project: Project, index: IndexRepo) -> None:
    """The flags mean the same in either file."""
    add = ("registry", "add", "acme", index.url, "--global")
    project.run(*add).done()
    ran = project.run(*add, "--require-signatures", "--json").done()
    assert ran.data["terms"] == {"require-signatures": True}
    assert "require-signatures = true" in config(project).read_text()


def test_signers_that_are_not_there_are_not_written(project: Project, index: IndexRepo) -> None:
    """A digest is checked before it becomes what the team trusts."""
    project.run("registry", "add", "acme", index.url).done()
    before = project.manifest
    ran = project.run("registry", "add", "acme", index.url, "--signers", "sha256:" + "0" * 64)
    ran.failed(4)
    assert project.manifest == before


@pytest.mark.parametrize("name", ["shipped", "Not A Name", "../x"])
def test_a_name_must_be_one(project: Project, index: IndexRepo, name: str) -> None:
    """Names stand in files and commands, and `shipped` is taken for good."""
    assert project.run("registry", "add", name, index.url).code in (1, 2)
    assert not project.exists("agentpm.toml")


def test_a_registry_in_use_keeps_its_name(project: Project, index: IndexRepo) -> None:
    """Without the name the manifest could not be read any more."""
    project.run("registry", "add", "acme", index.url).done()
    project.run("install", "reviewer", "--registry", "acme").done()
    before = project.manifest
    project.run("registry", "remove", "acme", "--json").failed(1, "registry-in-use")
    assert project.manifest == before
    project.run("uninstall", "reviewer").done()
    project.run("registry", "remove", "acme").done()
    assert "acme" not in project.manifest


def test_a_name_in_the_other_file_is_pointed_to(project: Project, index: IndexRepo) -> None:
    """People forget where they put it."""
    project.run("registry", "add", "acme", index.url, "--global").done()
    ran = project.run("registry", "remove", "acme")
    assert "with `--global`" in ran.failed(1).err


def test_the_list_asks_nobody(project: Project, index: IndexRepo) -> None:
    """It says what is known, and when it was learnt."""
    project.run("registry", "add", "acme", index.url).done()
    gone = index.bare.rename(index.bare.with_suffix(".gone"))
    ran = project.run("registry", "list", "--json").done()
    assert ran.git == ()
    shipped, acme = ran.data["registries"]
    assert (shipped["name"], shipped["default"], shipped["where"]) == ("shipped", True, None)
    assert (acme["url"], acme["where"]) == (index.url, "agentpm.toml")
    assert acme["tip"] is not None
    assert gone.exists()


def test_an_address_that_cannot_be_used_does_not_spoil_the_list(project: Project) -> None:
    """The list is where one finds out which line is wrong."""
    project.write("agentpm.toml", '[registries]\nbad = "nowhere"\n')
    _, bad = project.run("registry", "list", "--json").done().data["registries"]
    assert bad["problem"]


def test_an_update_goes_on_where_one_registry_is_down(project: Project, index: IndexRepo) -> None:
    """The news of the others are printed; that one is missing shows in the exit code."""
    project.run("registry", "add", "acme", index.url).done()
    project.run("registry", "add", "down", (index.tree / "no").as_uri(), "--offline").done()
    index.publish("reviewer", "1.1.0", tools="Read")
    ran = project.run("registry", "update")
    assert ran.code == 1
    assert "~ reviewer 1.0.0 -> 1.1.0" in ran.out
    assert "`down`" in ran.err


def test_an_update_tells_what_is_new(project: Project, index: IndexRepo) -> None:
    """Also where the view was lost since, or is older than what another command has seen."""
    project.run("registry", "add", "acme", index.url).done()
    update = ("registry", "update", "acme", "--json")
    (again,) = project.run(*update).done().data["registries"]
    assert (again["first_look"], again["packages"], again["changes"]) == (False, 1, [])
    with index.one_commit():
        index.publish("reviewer", "1.1.0", tools="Read").publish("writer", "1.0.0")
    for view in project.root.parent.rglob("view.sqlite3"):
        view.unlink()
    (news,) = project.run(*update).done().data["registries"]
    assert (news["first_look"], news["packages"]) == (False, 2)
    assert news["changes"] == [
        {"package": "reviewer", "before": "1.0.0", "after": "1.1.0"},
        {"package": "writer", "before": None, "after": "1.0.0"},
    ]
    index.yank("writer", "1.0.0", "a mistake")
    ran = project.run("registry", "update", "acme").done()
    assert "  ~ writer 1.0.0 -> yanked" in ran.lines


def test_emptying_the_cache_makes_no_registry_new(project: Project, index: IndexRepo) -> None:
    """What was seen last is remembered elsewhere, and news is what came after that."""
    index.publish("writer", "1.0.0", tools="Read")
    project.run("registry", "add", "acme", index.url).done()
    for _ in range(2):
        project.run("cache", "clean").done()
        ran = project.run("registry", "update", "acme").done()
        assert ran.out == "acme: 2 packages, nothing new\n"
    with index.one_commit():
        index.publish("reviewer", "1.1.0", tools="Read").publish("tester", "1.0.0")
    index.yank("writer", "1.0.0", "a mistake")
    project.run("cache", "clean").done()
    (news,) = project.run("registry", "update", "acme", "--json").done().data["registries"]
    assert (news["first_look"], news["packages"]) == (False, 3)
    assert news["changes"] == [
        {"package": "reviewer", "before": "1.0.0", "after": "1.1.0"},
        {"package": "tester", "before": None, "after": "1.0.0"},
        {"package": "writer", "before": "1.0.0", "after": None},
    ]


def test_a_damaged_memory_of_one_registry_stops_no_other(
    project: Project, index: IndexRepo, tmp_path: Path
) -> None:
    """It is told of where that registry is, and the others are asked."""
    other = IndexRepo(tmp_path, "other").publish("lead", "1.0.0")
    project.run("registry", "add", "acme", index.url).done()
    (memory,) = (project.home / "data").rglob("seen.json")
    project.run("registry", "add", "zeta", other.url).done()
    memory.write_text("{}")
    ran = project.run("registry", "update")
    assert "zeta: 1 package" in ran.out
    assert "does not say what was last seen" in ran.err


def test_an_update_finds_a_rewritten_registry(project: Project, index: IndexRepo) -> None:
    """Exit code 4, as for everything that was tampered with."""
    project.run("registry", "add", "acme", index.url).done()
    index.rewrite_history()
    assert project.run("registry", "update", "acme").code == 4


def test_a_search_is_cut_for_a_terminal_and_for_nobody_else(
    project: Project, tmp_path: Path
) -> None:
    """What fits on a screen is for eyes; a pipe has no width, and `grep` wants all of it."""
    sentence = "Reviews changes for what nobody else sees in them, and says so. " * 5
    long = IndexRepo(tmp_path, "long").publish("lynx", "1.0.0", description=sentence.strip())
    project.run("registry", "add", "long", long.url).done()
    argv = ("search", "lynx", "--registry", "long")
    assert project.run(*argv).done().lines == [f"lynx  1.0.0  {sentence.strip()}"]
    project.environ["COLUMNS"] = "80"
    seen = at_terminal(project, *argv, answers={})
    (line,) = [line for line in seen.screen.splitlines() if line.startswith("lynx")]
    assert (len(line) <= 80, line[-1]) == (True, "…")


def test_a_search_goes_on_where_one_registry_is_down(project: Project, index: IndexRepo) -> None:
    """One dead server must not hide what the others have; asked for alone, it is an error."""
    project.run("registry", "add", "acme", index.url).done()
    project.run("registry", "add", "down", (index.tree / "no").as_uri(), "--offline").done()
    ran = project.run("search", "reviewer").done()
    assert ran.lines[0].split()[:3] == ["reviewer", "1.0.0", "acme"]
    assert "`down` was not searched" in ran.err
    project.run("search", "reviewer", "--registry", "down").failed(1)


def test_a_registry_made_here_can_be_published_to(project: Project) -> None:
    """`registry init` makes the very thing that `registry add` and `publish` want."""
    project.run("registry", "init", "--bare", "ours.git").done()
    project.run("registry", "add", "ours", "ours.git").done()
    project.write("mine.md", agent_text("mine", "1.0.0", tools="Read"))
    project.run("publish", "mine.md", "--registry", "ours").done()
    project.run("install", "mine", "--registry", "ours").done()
    assert project.agent("mine").exists()


def test_a_registry_without_an_administrator_is_warned_of(project: Project) -> None:
    """Nobody could decide anything in it, and it would be found out too late."""
    named = project.run("registry", "init", "one.git", "--bare", "--json")
    assert named.data["administrator"].endswith(">")
    assert "administrator" not in named.err
    (project.home / ".gitconfig").unlink()
    ran = project.run("registry", "init", "two.git", "--bare").done()
    assert "warning: the registry has no administrator" in ran.err
    assert "git config --global user.name" in ran.err


def test_what_is_installed_is_told_of_a_registry_that_is_named(
    project: Project, index: IndexRepo
) -> None:
    """It is the same package, whether or not one says where it is."""
    project.run("registry", "add", "acme", index.url).done()
    project.run("install", "reviewer", "--registry", "acme").done()
    told = [
        project.run("info", "reviewer", *more).done().out for more in ([], ["--registry", "acme"])
    ]
    assert "installed  reviewer" in told[0]
    assert told[0] == told[1]


def test_a_clean_cache_fills_again(tmp_path: Path) -> None:
    """Nothing in it is the only copy of anything."""
    team = Team(tmp_path)
    team.index.publish("reviewer", "1.0.0", tools="Read")
    team.project.run("install", "reviewer").done()
    size = team.project.run("cache", "size", "--json").done().data
    assert size["bytes"] == size["agents"] + size["registries"] > 0
    freed = team.project.run("cache", "clean", "--json").done().data["freed"]
    assert 0 < freed <= size["bytes"]
    assert team.project.run("cache", "size", "--json").data["registries"] == 0
    team.project.agent("reviewer").unlink()
    team.project.run("install").done()
    assert team.project.agent("reviewer").read_bytes() == team.index.agent("reviewer", "1.0.0")


def test_a_clean_cache_keeps_what_you_published(project: Project) -> None:
    """The shipped registry on this machine may hold the only copy of an agent."""
    project.write("mine.md", agent_text("mine", "1.0.0", tools="Read"))
    project.run("publish", "mine.md").done()
    project.run("cache", "clean").done()
    assert "mine" in project.run("search", "mine").done().out


def test_the_cache_is_where_the_environment_says(project: Project) -> None:
    """Scripts that keep it between runs ask for the place."""
    project.environ["AGENTPM_CACHE_DIR"] = str(project.root / "kept")
    assert project.run("cache", "dir").done().lines == [str(project.root / "kept")]
    project.run("install", "backend-engineer").done()
    assert (project.root / "kept").is_dir()


def test_a_name_is_added_to_what_an_interrupted_command_was_writing(
    project: Project, index: IndexRepo
) -> None:
    """Its manifest is written first; otherwise the next command would undo this one."""
    text = '[project]\nname = "finished"\n'
    project.write(".agentpm/pending.json", write_journal(Journal(manifest=text)))
    project.run("registry", "add", "acme", index.url).done()
    assert text in project.manifest
    assert index.url in project.manifest
    assert not project.exists(".agentpm/pending.json")


def test_a_package_that_is_too_large_stops_nobody_else(project: Project, index: IndexRepo) -> None:
    """Who reads or publishes anything else does not even hear of it."""
    project.run("registry", "add", "acme", index.url).done()
    index.write(index_file("endless"), b"x" * (16 * 1024 * 1024 + 1))
    index.commit("Endless")
    project.run("registry", "update").done()
    project.run("install", "reviewer", "--registry", "acme").done()
    mine = agent_text("mine", "1.0.0")
    project.write("mine.md", mine)
    project.run("publish", "mine.md", "--registry", "acme").done()
    ran = project.run("install", "endless", "--registry", "acme", "--json")
    ran.failed(4, "malformed-index")
    assert "tell the people who keep the registry" in ran.envelope["error"]["hint"]
    project.write("endless.md", agent_text("endless", "1.0.0"))
    project.run("publish", "endless.md", "--registry", "acme", "--json").failed(
        4, "malformed-index"
    )


@pytest.fixture(params=["git", "files"])
def grown(tmp_path: Path, index: IndexRepo, request: pytest.FixtureRequest) -> Iterator[Project]:
    """A project that uses `grown`, whose index file is too large by now."""
    project = Project(tmp_path)
    project.environ["AGENTPM_MAX_AGE"] = "0"
    index.publish("grown", "1.0.0").publish("tester", "1.0.0")
    with StaticServer(index.tree) as server:
        url = index.url if request.param == "git" else server.address
        entry = f'url = "{url}", allow-insecure = true'
        project.write(
            "agentpm.toml",
            f'[project]\nregistry = "acme"\n\n[agents]\n\n[registries]\nacme = {{ {entry} }}\n',
        )
        project.run("install", "grown", "tester").done()
        index.publish("tester", "1.1.0")
        whole = (index.tree / index_file("grown")).read_bytes()
        index.write(index_file("grown"), whole + b"x" * (16 * 1024 * 1024 + 1))
        index.commit("Endless")
        yield project


def test_a_locked_agent_whose_records_are_too_large_holds_up_no_other(grown: Project) -> None:
    """One publisher must not be able to stop the updates of whoever uses something of theirs."""
    for command in (["update", "tester", "--dry-run"], ["update"]):
        ran = grown.run(*command).done()
        assert "tester 1.0.0 -> 1.1.0" in ran.out
        assert "`grown` stays at 1.0.0" in ran.err
        assert ran.err.count("has more than 16") == 1
    assert "grown" not in grown.run("install", "reviewer").done().out
    ran = grown.run("outdated").done()
    assert "whether `grown` has a newer release is not known" in ran.err
    ran = grown.run("update", "grown", "--json").failed(4, "malformed-index")
    assert "tell the people who keep the registry" in ran.envelope["error"]["hint"]


def test_without_its_bytes_a_locked_agent_cannot_stand_for_itself(grown: Project) -> None:
    """Nothing but them says what it needs and what it can do."""
    grown.run("cache", "clean").done()
    grown.run("update", "tester", "--json").failed(4, "malformed-index")


def test_records_that_are_too_large_are_not_called_yanked(grown: Project) -> None:
    """Nobody withdrew anything: it is only that nobody can read them."""
    ran = grown.run("registry", "update", "acme").done()
    assert "tester 1.0.0 -> 1.1.0" in ran.out
    assert "yanked" not in ran.out
    assert "yanked" not in grown.run("search", "grown").done().out
    if "sparse" not in grown.manifest:
        assert "grown 1.0.0 -> unreadable" in ran.out
        found = grown.run("search", "grown", "--json").done().data["agents"]
        assert [hit["version"] for hit in found if hit["name"] == "grown"] == [None]


def test_a_package_of_the_future_is_there_but_cannot_be_read(
    project: Project, index: IndexRepo
) -> None:
    """To ask whether `future` was meant, where `future` was written, helps nobody."""
    project.run("registry", "add", "acme", index.url).done()
    index.append(index_file("future"), '{"v": 2, "name": "future", "version": "1.0.0"}')
    index.commit("Of a later format")
    project.environ["AGENTPM_MAX_AGE"] = "0"
    for command in (["install", "future"], ["info", "future"]):
        ran = project.run(*command, "--registry", "acme").failed(1)
        assert "in a format that this agentpm can read" in ran.err
        assert "upgrade agentpm" in ran.err
        assert "did you mean" not in ran.err


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_a_package_without_a_record_is_said_to_have_none(
    project: Project, index: IndexRepo, content: bytes
) -> None:
    """No other agentpm could read more of it."""
    index.write(index_file("empty"), content)
    index.commit("Empty")
    with StaticServer(index.tree) as server:
        entry = f'url = "{server.address}", allow-insecure = true'
        project.write(
            "agentpm.toml",
            f'[agents]\n\n[registries]\nacme = "{index.url}"\nfiles = {{ {entry} }}\n',
        )
        for name in ("acme", "files"):
            told = f"has no releases in the registry `{name}`: its file in the index is empty"
            for command in (["install", "empty"], ["info", "empty"]):
                ran = project.run(*command, "--registry", name).failed(1)
                assert told in ran.err
                assert f"tell the people who keep the registry `{name}`" in ran.err
    project.write("empty.md", agent_text("empty", "1.0.0"))
    project.run("publish", "empty.md", "--registry", "acme").done()
