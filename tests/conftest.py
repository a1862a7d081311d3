"""What the cross-cutting tests start from: copies of the template databases, real servers, a
browser.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.servers import ROOT, MailServers, OdooServer, wait_for

ODOO_TEMPLATE = os.environ.get("CRM_SUITE_ODOO_TEMPLATE")
SUITE_TEMPLATE = os.environ.get("CRM_SUITE_TEMPLATE")
FILES = os.path.join(os.environ.get("ODOO_DATA_DIR", ""), "filestore")


def create_database(template=None):
    """A database of its own, with its files; `template` None: an empty one. Returns its name."""
    name = f"{os.environ['CRM_SUITE_TEST_KEY']}_x{secrets.token_hex(4)}"
    subprocess.run(["createdb", *(["-T", template] if template else []), name], check=True)
    if not template:  # as Odoo makes its databases
        psql(name, "create extension pg_trgm")
    if template and os.path.isdir(f"{FILES}/{template}"):
        shutil.copytree(f"{FILES}/{template}", f"{FILES}/{name}", copy_function=os.link)
    return name


def drop_database(name):
    subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)
    shutil.rmtree(f"{FILES}/{name}", ignore_errors=True)


def psql(database, query):
    """The rows of a query, as lists of text."""
    run = subprocess.run(
        ["psql", "-Atq", "-F", "\t", "-c", query, database],
        check=True,
        capture_output=True,
        text=True,
    )
    return [line.split("\t") for line in run.stdout.splitlines()]


def odoo_cli(*arguments, stdin=None, addons_path=None):
    """Run the odoo command; returns the CompletedProcess with its log in `.stdout`."""
    environment = dict(
        os.environ, **({"ODOO_ADDONS_PATH": str(addons_path)} if addons_path else {})
    )
    return subprocess.run(
        ["odoo", *arguments],
        check=False,
        input=stdin,
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def odoo_modules(database, *arguments, addons_path=None):
    """Install or update modules (-i, -u) and return the log; fails on what it warns of."""
    run = odoo_cli(
        "server",
        "-d",
        database,
        *arguments,
        "--no-http",
        "--stop-after-init",
        "--log-level=warn",
        addons_path=addons_path,
    )
    bad = [
        line
        for line in run.stdout.splitlines()
        if any(f" {w} " in line for w in ("WARNING", "ERROR", "CRITICAL"))
    ]
    assert run.returncode == 0 and not bad, run.stdout
    return run.stdout


def odoo_shell(database, code):
    """Run Python in an Odoo shell (`env`), commit, and return what it printed."""
    run = odoo_cli(
        "shell",
        "-d",
        database,
        "--no-http",
        "--log-level=error",
        stdin=f"{code}\nenv.cr.commit()\n",
    )
    assert run.returncode == 0 and "Traceback" not in run.stdout, run.stdout
    return run.stdout


START_LINE = """
import os
import time

def wait_for_the_others():
    open("%(folder)s/ready%(number)s", "w").close()
    while not os.path.exists("%(folder)s/go"):
        time.sleep(0.01)

"""


def race(database, codes, log_level="error"):
    """Run each of the codes in an Odoo shell of its own, all at the same moment: when each of them
    has called `wait_for_the_others()`. Returns their exit codes and what they printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        running = []
        for number, code in enumerate(codes):
            process = subprocess.Popen(
                ["odoo", "shell", "-d", database, "--no-http", f"--log-level={log_level}"],
                cwd=ROOT,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            process.stdin.write(START_LINE % {"folder": folder, "number": number} + code)
            process.stdin.close()
            running.append(process)

        def at_the_line():
            over = any(process.poll() is not None for process in running)
            return over or len(list(Path(folder).glob("ready*"))) == len(running)

        try:
            wait_for("all of them", at_the_line, 180)
        finally:
            Path(folder, "go").touch()
            outputs = [process.stdout.read() for process in running]
            exits = [process.wait() for process in running]
    return exits, outputs


@pytest.fixture
def database():
    """A factory of databases that are dropped when the test ends: `database(template=None)`."""
    made = []

    def make(template=None):
        made.append(create_database(template))
        return made[-1]

    yield make
    for name in made:
        drop_database(name)


@pytest.fixture(scope="session")
def mail(tmp_path_factory):
    servers = MailServers(tmp_path_factory.mktemp("mail"))
    servers.start_imap("info", "support", "catchall")
    yield servers
    servers.stop()


@pytest.fixture(scope="session")
def suite(tmp_path_factory, mail):
    """An Odoo server on a copy of the suite's database; its mail goes to and comes from `mail`."""
    name = create_database(SUITE_TEMPLATE)
    server = None
    try:
        server = OdooServer(
            name, tmp_path_factory.mktemp("odoo"), smtp_server="127.0.0.1", smtp_port=mail.smtp_port
        )
        psql(
            name,
            f"update ir_config_parameter set value = '{server.url}' where key = 'web.base.url'",
        )
        yield server
    finally:
        if server:
            server.stop()
        drop_database(name)


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()
