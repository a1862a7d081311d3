"""`make run` serves, stops cleanly, keeps its data, and goes on with it.

It is started as a person does, in a checkout of its own that borrows what is installed in this
one, on this run's PostgreSQL
server and on a database that is there already.
"""

import os
import shutil
import signal
import subprocess
import urllib.request

import pytest

from tests.conftest import SUITE_TEMPLATE, psql
from tests.servers import ROOT, free_port, wait_for


@pytest.fixture
def checkout(tmp_path):
    target = tmp_path / "checkout"
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    for name in (".odoo", ".venv", "node_modules"):
        (target / name).symlink_to(ROOT / name)
    return target


class Run:
    """A `make run` in a terminal of its own."""

    def __init__(self, checkout, database):
        self.port, self.said = free_port(), checkout / "said.log"
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("ODOO_", "CRM_SUITE_"))
        }
        environment.update(
            DB=database, PORT=str(self.port), CRM_SUITE_CACHE=str(checkout / "cache")
        )
        self.process = subprocess.Popen(
            ["make", "run"],
            cwd=checkout,
            env=environment,
            stdout=self.said.open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def wait(self):
        def serves():
            assert self.process.poll() is None, self.said.read_text()
            return f"http://127.0.0.1:{self.port}    user: admin" in self.said.read_text()

        wait_for("make run", serves, 120)

    def interrupt(self):
        """Ctrl-C: the terminal sends it to all that runs in it."""
        if self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)


def test_make_run_serves_stops_and_goes_on(checkout, database):
    name = database(SUITE_TEMPLATE)
    for count in (1, 2):
        run = Run(checkout, name)
        try:
            run.wait()
            assert 'name="login"' in run.get("/web/login")
            entered = f'{{"en_US": "Entered {count}"}}'
            psql(name, f"insert into crm_interaction_outcome (name) values ('{entered}')")
        finally:
            run.interrupt()
        assert "Stopped. The data is kept" in run.said.read_text()
        assert not (checkout / ".run" / "odoo.pid").exists()
        assert not (checkout / ".run" / "mailbox.pid").exists()
        with pytest.raises(OSError):
            run.get("/web/health")
    kept = psql(
        name,
        "select count(*) from crm_interaction_outcome where name->>'en_US' like 'Entered %'",
    )
    assert kept == [["2"]]


def test_make_stop_ends_what_runs_elsewhere(checkout, database):
    # the checkout knows the database: no update
    (checkout / ".run").mkdir()
    note = ". scripts/common.sh; addons_hash >.run/addons"
    subprocess.run(["bash", "-c", note], cwd=checkout, check=True)
    run = Run(checkout, database(SUITE_TEMPLATE))
    try:
        run.wait()
        subprocess.run(["make", "stop"], cwd=checkout, check=True, capture_output=True)
        run.process.wait(60)
    finally:
        run.interrupt()
    with pytest.raises(OSError):
        run.get("/web/health")
