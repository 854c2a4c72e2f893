"""Links in the documentation lead somewhere."""

from __future__ import annotations

import pytest

from docs.pages import DOCS, ROOT, Page, page, pages


@pytest.mark.parametrize("subject", pages(), ids=lambda subject: subject.name)
def test_every_relative_link_leads_to_a_file_and_its_heading(subject: Page) -> None:
    """A reader who follows a link must arrive."""
    broken = []
    for link in subject.links:
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, fragment = link.partition("#")
        target = (subject.path.parent / path).resolve() if path else subject.path
        if not target.exists():
            broken.append(link)
        elif fragment and target.suffix == ".md":
            name = target.relative_to(ROOT).as_posix()
            if fragment not in page(name).anchors:
                broken.append(link)
    assert not broken


def test_every_page_can_be_reached_from_the_index() -> None:
    """A page that nothing leads to is a page that nobody reads."""
    seen = {ROOT / "README.md", DOCS / "index.md"}
    todo = list(seen)
    while todo:
        here = todo.pop()
        for link in page(here.relative_to(ROOT).as_posix()).links:
            target = (here.parent / link.partition("#")[0]).resolve()
            if target.suffix == ".md" and target.exists() and target not in seen:
                seen.add(target)
                todo.append(target)
    lost = sorted(p.relative_to(ROOT).as_posix() for p in DOCS.rglob("*.md") if p not in seen)
    assert lost == []
