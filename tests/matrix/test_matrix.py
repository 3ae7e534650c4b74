"""The authorisation matrix: every caller before every route, as declared in rights.txt and routes.txt."""

import collections
import subprocess

import calls
import declaration
import matrix
import pytest
from support.holt_server import binary_path

pytestmark = pytest.mark.timeout(900)
ROWS = declaration.read_routes()
FEWEST_CELLS = 20_000


@pytest.fixture(scope="session")
def findings(engine, request):
    """All cells on SQLite. On PostgreSQL a sample: rights are decided above the catalog."""
    # The catalog of the tests' shared server has people of these names already.
    catalog = request.getfixturevalue("postgres").create_database() if engine == "postgres" else None
    return matrix.run(catalog, sample=engine != "sqlite")


def test_every_route_has_a_row_and_every_row_a_route():
    document = subprocess.run([binary_path(), "openapi"], capture_output=True, text=True, check=True).stdout
    assert declaration.mismatches(document) == []


def test_a_missing_row_and_a_row_too_many_are_noticed():
    document = '{"paths": {"/new": {"get": {"operationId": "brand_new_route"}}}}'
    found = declaration.mismatches(document)
    assert "route brand_new_route has no row" in found[0]
    assert len(found) == 1 + len({row.route for row in ROWS})


def test_every_row_has_a_request_and_every_request_a_row():
    assert set(calls.BUILDERS) == {row.key for row in ROWS}
    assert set(calls.PROOFS) <= set(calls.BUILDERS)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_row(findings, row, engine):
    assert findings.wrong.get(row.key, []) == []
    if engine == "sqlite" or row.kinds != "typed":
        assert findings.cells[row.key] > 0, "no cell was asked"


def test_a_private_hub_shows_nothing_to_nobody():
    findings = matrix.run(sample=True, private_hub=True)
    assert findings.wrong == {}
    assert findings.total() > 500 and findings.compared > 500


def test_there_are_enough_cells_of_every_outcome(findings, engine, record_property):
    outcomes = collections.Counter()
    for (_, outcome), number in findings.outcomes.items():
        outcomes[outcome] += number
    record_property("cells", findings.total())
    print(f"\n{findings.total()} cells {dict(outcomes)}, {findings.compared} compared with what never was")
    assert outcomes.keys() == declaration.OUTCOMES
    assert findings.compared > 0
    assert engine != "sqlite" or findings.total() >= FEWEST_CELLS
