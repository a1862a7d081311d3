"""Pytest plugin: nothing is green by being skipped, and no warning of ours goes unseen.

A skipped test fails the run: it is a browser, mail or HTTP test that could not run. A test during
which a logger of ours warned,
or anything logged an error, fails, unless the test expected it (`assertLogs`, `mute_logger`).
"""

import functools
import gc
import logging
import os
import pathlib
import shutil
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, settings

import odoo
from odoo.tests import common

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What Odoo and its libraries log in tests without anything being wrong
HARMLESS = (
    "Unexpected indentation",  # docutils on the description of a core module
    "iap",  # partner_autocomplete asks the network at each log-in of an administrator
)


# A busy machine is no fault of a test
settings.register_profile("patient", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("patient")
# nor of a browser test; what fails there fails later, what works takes no longer. The steps of
# tours have patience of their own: crm_suite/static/tests/tours/patience.js
PATIENCE = 3


def _be_patient():
    common.CHECK_BROWSER_ITERATIONS *= PATIENCE
    common.BaseCase.test_cursor_lock_timeout *= PATIENCE
    # Odoo multiplies by it what it waits for a browser that it slows down, which here nobody does
    common.ChromeBrowser.throttling_factor = property(
        lambda browser: PATIENCE, lambda browser, factor: None
    )
    for name in ("url_open", "make_jsonrpc_request"):
        method = getattr(common.HttpCase, name)
        setattr(common.HttpCase, name, functools.partialmethod(method, timeout=12 * PATIENCE))


def _keep_what_holds_for_the_class():
    """Have the tests of a class share what the registry's caches hold, as requests of a server do.

    Odoo empties all of them after each test, for what the test changed is rolled back. But what it
    changed it had to make invalid: a cache that was not emptied during the test holds for the next
    one, too, and one that was gets back what it held when the test began. Classes share nothing.
    """
    mark = object()
    set_up = common.TransactionCase.setUp

    def set_up_and_share(self):
        caches = self.registry._Registry__caches.values()
        held, pending = [], set()

        def tear_down():
            # all of them are emptied when models are set up: their fields may be others now
            if not held or not any(mark in cache for cache in caches):
                return self.registry.clear_all_caches()
            for cache, before in zip(caches, held, strict=True):
                if mark not in cache:
                    cache.clear()
                    for key, value in before.items():
                        cache[key] = value
            self.registry.cache_invalidated.clear()
            self.registry.cache_invalidated.update(pending)

        with patch.object(self.registry, "clear_all_caches", tear_down):
            set_up(self)
        for cache in caches:
            cache.pop(mark, None)
            held.append(cache.snapshot)
            cache[mark] = None
        pending.update(self.registry.cache_invalidated)

    common.TransactionCase.setUp = set_up_and_share


class Watch(logging.Handler):
    """Collects what should not have been logged."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.seen = []

    def emit(self, record):
        message = record.getMessage()
        ours = (
            "crm_suite" in record.name
            or "crm_suite" in message
            or str(ROOT / "crm_suite") in record.pathname
        )
        if (ours or record.levelno >= logging.ERROR) and not any(
            word in message for word in HARMLESS
        ):
            self.seen.append(f"{record.levelname} {record.name}: {message}")

    def take(self):
        seen, self.seen = self.seen, []
        return seen


watch = Watch()


def pytest_configure(config):
    logging.getLogger().addHandler(watch)
    _be_patient()
    _keep_what_holds_for_the_class()
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        _keep_files_apart(worker)


def _keep_files_apart(worker):
    """Give a worker files of its own, as it has a database of its own.

    pytest-odoo lets all workers use those of the database that theirs are copied from; what one of
    them no longer needs it would throw away for the others, too.
    """
    [database], shared = odoo.tools.config["db_name"], odoo.tools.config["data_dir"]
    own = os.path.join(shared, "workers", worker)
    shutil.rmtree(own, ignore_errors=True)
    files = os.path.join("filestore", database)
    if os.path.isdir(os.path.join(shared, files)):
        shutil.copytree(
            os.path.join(shared, files), os.path.join(own, files), copy_function=os.link
        )
    os.makedirs(own, exist_ok=True)
    odoo.tools.config["data_dir"] = own


@pytest.fixture(scope="session", autouse=True)
def _leave_the_registry_to_itself(load_registry):
    """The models and fields stay to the end: no use in looking for garbage among them."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" and report.passed and (seen := watch.take()):
        report.outcome = "failed"
        report.longrepr = "logged during the test:\n" + "\n".join(seen)
    elif call.when != "setup":
        watch.take()
    return report


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(
            f"SKIPPED, so the run fails: {report.nodeid}: {report.longrepr}", red=True
        )
