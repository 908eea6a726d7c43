import re
from pathlib import Path

from query.conversions import CONVERSIONS
from query.language import parse_expansions
from query.links import declared_links
from query.resources import EXPANDABLE, RESOURCES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "mixed-queries.md").read_text()


def rows_of(first_header):
    table = PAGE.split(f"\n| {first_header} | ")[1].split("\n\n")[0]
    return [[cell.strip().replace("`", "") for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def test_the_page_lists_every_link():
    documented = {(name, source, target, conversion) for name, source, target, conversion in rows_of("link")}
    assert documented == {(link.name, str(link.source), str(link.target), link.conversion) for link in declared_links()}


def test_the_page_lists_every_conversion():
    assert {row[0] for row in rows_of("conversion")} == set(CONVERSIONS)


def test_the_page_lists_every_expansion_with_its_orders():
    documented = {row[0]: tuple(re.findall(r"-?[a-z]+(?=,|$| \()", row[2])) for row in rows_of("name")}
    assert documented == {name: RESOURCES[name].sorts for name in EXPANDABLE}


def test_the_pages_example_can_be_asked():
    (asked,) = re.findall(r"\?expand=(\S+)", PAGE)
    assert [expansion.resource for expansion in parse_expansions(asked)] == [
        "accounts",
        "transactions",
        "documents",
        "events",
    ]
