"""docs/requirements.md tells the truth: all requirements, once each, with proofs that exist."""

import ast
import re
from collections import Counter
from functools import cache

from tests.servers import ROOT

PAGE = ROOT / "docs" / "requirements.md"
REQUIREMENTS = [f"R{number:03}" for number in range(1, 227)]
STATES = ["served", "partly", "planned", "practice"]
COLUMNS = ["Id", "Requirement", "العربية", "State", "Served by", "Proof"]
NONE = "—"


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@cache
def tables():
    """Each table of the page: (names of its columns, rows as dictionaries)."""
    found, lines = [], PAGE.read_text().splitlines()
    for number, line in enumerate(lines):
        if re.fullmatch(r"\|(\s*:?-+:?\s*\|)+", line):
            names, rows = cells(lines[number - 1]), []
            for row in lines[number + 1 :]:
                if not row.startswith("|"):
                    break
                assert len(cells(row)) == len(names), f"the columns of {row}"
                rows.append(dict(zip(names, cells(row), strict=True)))
            found.append((names, rows))
    return found


def requirements():
    return [row for names, rows in tables() if names == COLUMNS for row in rows]


def proofs(row):
    """(file, test) of each proof of a row."""
    if row["Proof"] == NONE:
        return []
    return [tuple(proof.strip("` ").split("::")) for proof in row["Proof"].split(",")]


@cache
def existing_tests(file):
    """The names of the tests of a file, methods as `Class.test_name`."""
    body = ast.parse((ROOT / file).read_text()).body
    names = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    for node in body:
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{m.name}" for m in node.body if isinstance(m, ast.FunctionDef)}
    return {name for name in names if name.split(".")[-1].startswith("test_")}


def test_every_requirement_stands_once_and_in_order():
    assert [row["Id"] for row in requirements()] == REQUIREMENTS


def test_every_row_is_filled_in():
    for row in requirements():
        assert all(row.values()), row["Id"]
        assert re.search(r"[\u0600-\u06ff]", row["العربية"]) or row["Id"] == "R071", row["Id"]


def test_every_state_is_known():
    assert {row["Id"]: row["State"] for row in requirements() if row["State"] not in STATES} == {}


def test_what_is_served_is_proved():
    for row in requirements():
        if row["State"] in ("served", "partly"):
            assert proofs(row), f"{row['Id']} is {row['State']} without a proof"
        else:
            assert row["Proof"] == NONE, f"{row['Id']} is {row['State']}: nothing is proved yet"


def test_what_is_planned_names_its_issue():
    for row in requirements():
        if row["State"] == "planned":
            assert re.search(r"issues? \d|no issue yet", row["Served by"]), row["Id"]


def test_every_proof_exists():
    for row in requirements():
        for proof in proofs(row):
            assert len(proof) == 2, f"{row['Id']}: {proof} is not file::test"
            file, test = proof
            assert (ROOT / file).is_file(), f"{row['Id']}: there is no {file}"
            assert test in existing_tests(file), f"{row['Id']}: {file} has no {test}"
        assert len(set(proofs(row))) == len(proofs(row)), f"{row['Id']} names a proof twice"


def test_the_count_is_true():
    counted = Counter(row["State"] for row in requirements())
    [stated] = [rows for names, rows in tables() if names == ["State", "Rows"]]
    assert {row["State"]: int(row["Rows"]) for row in stated} == {
        **{state: counted[state] for state in STATES},
        "all": len(REQUIREMENTS),
    }
