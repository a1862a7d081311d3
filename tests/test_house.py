"""The rules of the house that a machine can check: rooms, names, sizes, rights, and which add-on
may know which.
"""

import ast
import csv
import re
import subprocess

import pytest

from tests.conftest import SUITE_TEMPLATE, psql
from tests.servers import ROOT

ADDONS = ["crm_suite", "crm_suite_helpdesk", "crm_suite_marketing"]
MAY_KNOW = {
    "crm_suite": {"crm_suite"},
    "crm_suite_helpdesk": {"crm_suite", "crm_suite_helpdesk"},
    "crm_suite_marketing": {"crm_suite", "crm_suite_marketing"},
}
TAKEN = re.compile(
    r"^(helpdesk\.|marketing\.|automation\.|auditlog\.|crm\.lead\.line)"
)  # of Odoo Enterprise or OCA


def sources(addon, pattern="**/*.py", tests=False):
    return [
        p
        for p in sorted((ROOT / addon).glob(pattern))
        if tests or "tests" not in p.relative_to(ROOT).parts
    ]


def model_classes(addon):
    """(path, class name, name of a new model or None, name of the extended model or None) of each
    class.
    """
    for path in (
        sources(addon, "models/**/*.py")
        + sources(addon, "wizard/**/*.py")
        + sources(addon, "report/**/*.py")
    ):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            values = {
                target.id: statement.value
                for statement in node.body
                if isinstance(statement, ast.Assign)
                for target in statement.targets
                if isinstance(target, ast.Name)
            }
            name = getattr(values.get("_name"), "value", None)
            inherit = values.get("_inherit")
            extended = (
                [inherit.value]
                if isinstance(inherit, ast.Constant)
                else [e.value for e in getattr(inherit, "elts", [])]
            )
            if name in extended or (not name and extended):
                yield path, node.name, None, name or extended[0]
            elif name:
                yield path, node.name, name, None


@pytest.mark.parametrize("addon", ADDONS)
def test_manifest(addon):
    manifest = ast.literal_eval((ROOT / addon / "__manifest__.py").read_text())
    assert re.fullmatch(r"19\.0\.\d+\.\d+\.\d+", manifest["version"])
    assert manifest["license"] == "LGPL-3"
    listed = set(manifest["data"]) | set(manifest.get("demo", []))
    assert len(listed) == len(manifest["data"]) + len(manifest.get("demo", []))
    there = {
        str(path.relative_to(ROOT / addon))
        for room in ("data", "demo", "views", "security", "wizard", "report")
        for path in (ROOT / addon / room).glob("**/*")
        if path.suffix in (".xml", ".csv")
    }
    assert there == listed, (
        "every data file is in the manifest, and every file of the manifest is there"
    )
    assert manifest["data"][-1].endswith("_menus.xml"), "menus come last"
    for name in (
        "README.md",
        "pyproject.toml",
        "static/description/icon.png",
        "i18n/ar.po",
        f"i18n/{addon}.pot",
    ):
        assert (ROOT / addon / name).exists(), name


@pytest.mark.parametrize("addon", ADDONS)
def test_one_model_a_file_named_after_it(addon):
    seen = {}
    for path, class_name, name, inherit in model_classes(addon):
        model = name or inherit
        assert path not in seen, f"{path} holds two models"
        seen[path] = model
        assert path.stem == model.replace(".", "_"), f"{path} holds {model}"
        assert class_name == "".join(part.title() for part in re.split(r"[._]", model)), (
            f"{class_name} in {path}"
        )
        if name:
            assert not TAKEN.match(name), f"{name} is a name of others"
            assert name.startswith("crm."), name


@pytest.mark.parametrize("addon", ADDONS)
def test_sizes(addon):
    for path in sources(addon, tests=True):
        text = path.read_text()
        assert text.count("\n") <= 500, f"{path} has more than 500 lines"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and "tests" not in path.parts:
                assert node.end_lineno - node.lineno < 60, f"{node.name} in {path} is too long"


@pytest.mark.parametrize("addon", ADDONS)
def test_lib_is_free_of_odoo(addon):
    for path in sources(addon, "lib/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            assert not any(name.split(".")[0] == "odoo" for name in names), path


@pytest.mark.parametrize("addon", ADDONS)
def test_add_ons_know_only_whom_they_may(addon):
    strangers = set(ADDONS) - MAY_KNOW[addon]
    for path in sources(addon, "**/*.py") + sources(addon, "**/*.xml") + sources(addon, "**/*.js"):
        text = path.read_text()
        for stranger in strangers:
            assert not re.search(rf"\b{stranger}\b", text), f"{path} knows {stranger}"


@pytest.mark.parametrize("addon", ADDONS)
def test_no_forbidden_ways(addon):
    for path in sources(addon):
        text = path.read_text()
        assert not re.search(r"\.execute\(\s*f[\"']", text), f"f-string SQL in {path}"
        # workers commit at each point at which they may die
        assert "cr.commit()" not in text or path.match("sending/session.py"), f"{path} commits"
        for match in re.finditer(r"^(.*)\.sudo\(\)(.*)$", text, re.MULTILINE):
            line = text[: match.start()].count("\n")
            around = "\n".join(text.splitlines()[max(0, line - 6) : line + 2])
            assert "#" in around or '"""' in around, (
                f"{path}:{line + 1} uses sudo() without a reason beside it"
            )


@pytest.mark.parametrize("addon", ADDONS)
def test_no_text_to_translate_inside_an_f_string(addon):
    """Those who gather what is to be translated do not look there: it would stay English."""
    found = []
    for path in sources(addon):
        for text in ast.walk(ast.parse(path.read_text())):
            if isinstance(text, ast.JoinedStr):
                found += [
                    f"{path}:{call.lineno}"
                    for call in ast.walk(text)
                    if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "_"
                ]
    assert found == []


def test_every_model_has_rights_and_a_list_form_and_search():
    """Models that people use have access rights; those with a menu have a list, a form and a
    search of ours, unless the menu opens a dialog or a wizard, which keeps no records to list.
    """
    declared = set()
    for addon in ADDONS:
        with (ROOT / addon / "security" / "ir.model.access.csv").open() as file:
            declared |= {row["model_id:id"].split(".")[-1] for row in csv.DictReader(file)}
    real = {
        name
        for addon in ADDONS
        for path, _class, name, _inherit in model_classes(addon)
        if name and "AbstractModel" not in path.read_text()
    }
    reports = {
        name
        for addon in ADDONS
        for path, _class, name, _inherit in model_classes(addon)
        if "_auto = False" in path.read_text()
    }
    assert real, "there are models"
    for model in real:
        assert f"model_{model.replace('.', '_')}" in declared, f"{model} has no access rights"
    with_menu = psql(
        SUITE_TEMPLATE,
        """select distinct w.res_model from ir_ui_menu m
             join ir_act_window w on m.action = 'ir.actions.act_window,' || w.id
             join ir_model_data d on d.model = 'ir.ui.menu' and d.res_id = m.id and d.module like
             'crm\\_suite%'
             join ir_model model on model.model = w.res_model
            where w.target <> 'new' and not model.transient""",
    )
    for (model,) in with_menu:
        if model not in real:
            continue
        views = psql(
            SUITE_TEMPLATE,
            f"""select type, arch_db->>'en_US' ~ 'editable=' from ir_ui_view
                 where model = '{model}' and inherit_id is null""",
        )
        wanted = {"list", "search"}
        # what is edited in its list needs no form; a line of a report opens its document
        if ["list", "t"] not in views and model not in reports:
            wanted.add("form")
        assert wanted <= {kind for kind, _editable in views}, f"{model} has only {views}"
    assert with_menu


def test_every_screen_of_a_menu_has_help_when_it_is_empty():
    without = psql(
        SUITE_TEMPLATE,
        """select w.res_model, w.name->>'en_US' from ir_act_window w
             join ir_model_data d on d.model = 'ir.actions.act_window' and d.res_id = w.id and
             d.module like 'crm\\_suite%'
             join ir_ui_menu m on m.action = 'ir.actions.act_window,' || w.id
            where coalesce(w.help->>'en_US', '') !~ '[a-z]{3}' and w.target <> 'new'
              and w.view_mode <> 'form'""",
    )
    assert without == []


def test_no_name_of_a_registry():
    """The hosts that this machine fetches packages from stand nowhere in the project."""
    hosts = subprocess.run(
        "apt-get indextargets --format '$(SITE)'; "
        "pip config get global.index-url; npm config get registry",
        check=False,
        shell=True,
        capture_output=True,
        text=True,
    ).stdout
    names = {match for match in re.findall(r"https?://([\w.-]+)", hosts)} | {
        "deb.debian." + "org",
        "pypi." + "org",
        "registry.npmjs." + "org",
    }
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for file in files:
        text = (ROOT / file).read_bytes()
        for name in names:
            assert name.encode() not in text, f"{file} names {name}"
