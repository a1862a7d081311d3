from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...models.audience import audience
from ...models.audience import mailing_mailing as freezing
from ...models.outbox import mailing_mailing as queue
from .common import OutboxCommon


@tagged("post_install", "-at_install")
class TestQueue(OutboxCommon):
    """What is wrong with one mailing in the queue holds up no other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second = (cls._create_mailing_to(cls.amal) for _number in range(2))
        (cls.first + cls.second).action_launch()

    def _fail(self, error):
        """Let the recipients of the first fail to be fixed."""
        freeze = type(self.first)._freeze_audience

        def fail(mailing, *args):
            if mailing.id == self.first.id:
                raise error
            return freeze(mailing, *args)

        return patch.object(type(self.first), "_freeze_audience", fail)

    def test_a_conflict_is_tried_again_soon(self):
        job = self.env.ref("mass_mailing.ir_cron_mass_mailing_queue")
        self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)]).unlink()
        with self._fail(SerializationFailure()):
            self._run_core_queue()
        self.assertEqual((self.first + self.second).mapped("state"), ["in_queue", "sending"])
        soon = self.env["ir.cron.trigger"].search([("cron_id", "=", job.id)]).mapped("call_at")
        self.assertTrue(soon and max(soon) > fields.Datetime.now())
        self._run_core_queue()
        self.assertEqual(self.first.state, "sending")

    def test_whatever_else_is_wrong_is_told(self):
        with self._fail(ZeroDivisionError("by zero")), mute_logger(queue.__name__):
            self._run_core_queue()
        self.assertEqual((self.first + self.second).mapped("state"), ["draft", "sending"])
        self.assertIn("by zero", "".join(self.first.message_ids.mapped("body")))

    def test_a_domain_that_takes_too_long_is_told(self):
        self.second.action_cancel()
        slow = SQL("SELECT 1, 1, 1, '', '', '', '', '', '' FROM pg_sleep(60)")
        with (
            patch.object(freezing, "MOST_SECONDS", 0.05),
            patch.object(audience, "make_source", lambda *_args: slow),
        ):
            self._run_core_queue()
        self.assertEqual(self.first.state, "draft")
        self.assertIn("too long", "".join(self.first.message_ids.mapped("body")))
