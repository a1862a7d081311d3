import logging
from contextlib import contextmanager
from unittest.mock import Mock

import psycopg2.errors

from odoo.tests import BaseCase, tagged

from ...lib.attempt import attempt


class Cursor:
    """A cursor that notes what becomes of its savepoint."""

    def __init__(self):
        self.outcomes = []

    @contextmanager
    def savepoint(self):
        try:
            yield
        except Exception:
            self.outcomes.append("rollback")
            raise
        self.outcomes.append("release")


@tagged("post_install", "-at_install")
class TestAttempt(BaseCase):
    """What fails is undone and logged; what Odoo tries again is not caught."""

    def setUp(self):
        super().setUp()
        self.cr, self.logger = Cursor(), Mock()

    def test_all_is_well(self):
        with attempt(self.cr, self.logger, "No") as state:
            pass
        self.logger.log.assert_not_called()
        self.assertIsNone(state.error)
        self.assertEqual(self.cr.outcomes, ["release"])

    def test_what_fails_is_undone_and_told(self):
        with attempt(self.cr, self.logger, "Lead %s", 7, level=logging.INFO) as state:
            raise ValueError("broken")
        self.assertEqual(str(state.error), "broken")
        self.assertEqual(self.cr.outcomes, ["rollback"])
        self.logger.log.assert_called_once_with(logging.INFO, "Lead %s", 7, exc_info=True)

    def test_conflicts_are_raised(self):
        for conflict in (
            psycopg2.errors.SerializationFailure,
            psycopg2.errors.DeadlockDetected,
            psycopg2.errors.LockNotAvailable,
        ):
            with self.assertRaises(conflict), attempt(self.cr, self.logger, "No"):
                raise conflict
        self.logger.log.assert_not_called()

    def test_it_may_return(self):
        def find():
            with attempt(self.cr, self.logger, "No"):
                return 1
            return 2

        self.assertEqual(find(), 1)
