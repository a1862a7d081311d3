from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, mute_logger


@tagged("post_install", "-at_install")
class TestSimultaneousDecision(BaseCase):
    """Two jobs at once, each in a transaction of its own: real cursors, real commits."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self._session() as env:
            mailing = env["mailing.mailing"].create(
                {
                    "subject": "Two jobs A",
                    "mailing_type": "mail",
                    "email_from": "two_jobs@test.example.com",
                    "body_html": "<p>Hello</p>",
                    "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                    "mailing_domain": "[('id', '=', 0)]",
                    "ab_testing_enabled": True,
                    "ab_testing_pc": 20,
                }
            )
            other = mailing.copy({"subject": "Two jobs B"})
            campaign = mailing.campaign_id
            campaign._fix_ab_shares(mailing)
            (mailing | other).write({"state": "done"})
            campaign.write(
                {
                    "ab_policy": "best",
                    "ab_testing_schedule_datetime": fields.Datetime.now() - timedelta(hours=1),
                }
            )
            env.flush_all()
            env.cr.execute(
                SQL(
                    """INSERT INTO crm_outbox (create_date, mailing_id, campaign_id, channel, model,
                              res_id, identity, identity_key, state, idem_key)
                       SELECT now(), %s, %s, 'mail', 'res.partner', n, 'two' || n, 'two' || n,
                              'sent', 'two_jobs:' || n
                         FROM generate_series(1, 10) AS n""",
                    mailing.id,
                    campaign.id,
                )
            )
            self.campaign = campaign.id
        self.addCleanup(self._clean)

    def _clean(self):
        with self._session() as env:
            env.cr.execute("DELETE FROM crm_outbox WHERE campaign_id = %s", [self.campaign])
            campaign = env["utm.campaign"].browse(self.campaign)
            mailings = env["mailing.mailing"].search([("campaign_id", "=", self.campaign)])
            mailings.write({"state": "draft"})
            sources = mailings.source_id
            mailings.unlink()
            sources.unlink()
            campaign.unlink()

    @contextmanager
    def _session(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            yield env
            env.flush_all()

    def _count_finals(self):
        with self._session() as env:
            campaign = env["utm.campaign"].browse(self.campaign)
            self.assertEqual(campaign.ab_state, "decided")
            return len(campaign.ab_mailing_ids.filtered("ab_is_final"))

    def test_while_one_decides_the_other_passes_by(self):
        """Core has no lock: both copy the winner, and both send it (trap 10)."""
        with self._session() as one, self._session() as other:
            one["utm.campaign"].browse(self.campaign)._settle_ab_test()
            # it does not wait for the first, and does nothing
            other["utm.campaign"].browse(self.campaign)._settle_ab_test()
        self.assertEqual(self._count_finals(), 1)

    def test_who_began_before_the_decision_does_not_decide_again(self):
        with self._session() as late:
            campaign = late["utm.campaign"].browse(self.campaign)
            self.assertEqual(campaign.ab_state, "running")
            with self._session() as first:
                first["utm.campaign"].browse(self.campaign)._settle_ab_test()
            # its picture of the database is from before
            with mute_logger("odoo.sql_db"):
                campaign._settle_safely(campaign._settle_ab_test)
        self.assertEqual(self._count_finals(), 1)
