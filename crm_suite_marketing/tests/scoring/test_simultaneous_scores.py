from contextlib import contextmanager

from odoo import api
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged

NAME = "SCO at once"


@tagged("post_install", "-at_install")
class TestSimultaneousScores(BaseCase):
    """Two workers at once, each in a transaction of its own: real cursors, real commits."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self._session() as env:
            self.rules = env["crm.contact.score.rule"].search([]).ids
            self.partners = (
                env["res.partner"].create([{"name": NAME, "function": NAME} for _one in "abc"]).ids
            )
            threshold = env["crm.contact.score.threshold"].create(
                {"name": NAME, "bound": 500, "measure": "fit", "create_lead": True}
            )
            self.threshold = threshold.id
            self.rule = (
                env["crm.contact.score.rule"]
                .create(
                    {
                        "name": NAME,
                        "kind": "fit",
                        "domain": repr([("function", "=", NAME)]),
                        "points": 600,
                    }
                )
                .id
            )
            env["crm.contact.score.engine"]._refresh(self.partners)
        self.addCleanup(self._clean)

    @contextmanager
    def _session(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, api.SUPERUSER_ID, {})

    def _clean(self):
        with self._session() as env:
            env["crm.lead"].search([("partner_id", "in", self.partners)]).unlink()
            env["crm.contact.score.threshold"].browse(self.threshold).unlink()
            env["crm.contact.score.rule"].browse(self.rule).unlink()
            env["res.partner"].browse(self.partners).unlink()
            env["ir.config_parameter"].set_param("crm_suite_marketing.score_changed", False)
            env.cr.execute("DELETE FROM crm_contact_score_queue")

    def _take(self, env):
        return env["crm.contact.score.threshold"].browse(self.threshold)._take()

    def _act(self, env, hits):
        env["crm.contact.score.threshold"].browse(self.threshold)._act_on(hits)

    def test_two_workers_do_not_act_twice(self):
        with self._session() as one, self._session() as two:
            hits = self._take(one)
            self.assertEqual(len(hits), 3)
            self.assertFalse(self._take(two))
            self._act(one, hits)
            one.cr.commit()
            two.cr.rollback()
            self.assertFalse(self._take(two))
        with self._session() as env:
            leads = env["crm.lead"].search([("partner_id", "in", self.partners)])
            self.assertEqual(len(leads), 3)

    def test_what_a_worker_lost_is_done_by_the_next(self):
        with self._session() as one:
            self._act(one, self._take(one))
            one.cr.rollback()
        with self._session() as two:
            hits = self._take(two)
            self.assertEqual(len(hits), 3)
            self._act(two, hits)
        with self._session() as env:
            hits = env["crm.contact.score.hit"].search([("threshold_id", "=", self.threshold)])
            self.assertEqual(set(hits.mapped("state")), {"done"})

    def test_one_pass_at_a_time(self):
        with self._session() as one, self._session() as two:
            one["crm.contact.score.engine"]._refresh(self.partners)
            self.assertFalse(two["crm.contact.score.engine"]._is_free())
            one.cr.rollback()
            two.cr.rollback()
            self.assertTrue(two["crm.contact.score.engine"]._is_free())

    def test_nobody_waits_for_the_list(self):
        with self._session() as one, self._session() as two:
            queue = one["crm.contact.score.queue"]
            queue._add_ids(self.partners)
            two["crm.contact.score.queue"]._add_ids(self.partners)
            one.cr.commit()
            self.assertEqual(set(queue._take(2000)) & set(self.partners), set(self.partners))
            # what the other adds meanwhile is not lost
            two.cr.commit()
            one.cr.commit()
            self.assertEqual(set(queue._take(2000)) & set(self.partners), set(self.partners))
