from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import api, fields
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestSimultaneous(BaseCase):
    """Two people at once, each in a transaction of his own: real cursors, real commits."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self._session() as env:
            Users = env["res.users"].with_context(no_reset_password=True)
            group = env.ref("sales_team.group_sale_salesman_all_leads")
            self.users = Users.create(
                [
                    {"name": name, "login": f"crm_suite_at_once_{name}", "group_ids": group.ids}
                    for name in ("One", "Two")
                ]
            ).ids
            self.product = env["product.product"].create({"name": "Stool", "list_price": 10.0}).id
            self.partner = env["res.partner"].create({"name": "Two at once"}).id
            self.stages = (
                env["crm.stage"]
                .create([{"name": name, "sequence": 90} for name in ("First", "Second", "Third")])
                .ids
            )
            self.lead = (
                env["crm.lead"]
                .create(
                    {
                        "name": "At once",
                        "type": "opportunity",
                        "partner_id": self.partner,
                        "stage_id": self.stages[0],
                        "user_id": False,
                        "line_ids": [(0, 0, {"product_id": self.product})],
                    }
                )
                .id
            )
            # created a while ago
            env.flush_all()
            env.cr.execute(
                "UPDATE crm_lead SET create_date = create_date - interval '1 hour',"
                " date_last_stage_update = create_date - interval '1 hour' WHERE id = %s",
                [self.lead],
            )
        self.addCleanup(self._clean)

    def _clean(self):
        with self._session() as env:
            env = env(context={"active_test": False})
            lead = env["crm.lead"].search([("name", "=", "At once")])
            lead.order_ids._action_cancel()
            lead.order_ids.unlink()
            lead.unlink()
            env["crm.stage"].browse(self.stages).unlink()
            env["product.product"].browse(self.product).unlink()
            users = env["res.users"].search([("login", "like", "crm_suite_at_once_")])
            partners = users.partner_id | env["res.partner"].browse(self.partner)
            users.unlink()
            partners.unlink()

    @contextmanager
    def _session(self, user=None):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, user or api.SUPERUSER_ID, {})
            yield env
            env.flush_all()

    # a slow machine must not decide what is simultaneous
    @patch("odoo.addons.crm_suite.models.pipeline.crm_lead.SIMULTANEOUS", timedelta(minutes=30))
    def test_second_of_two_moves_is_told(self):
        one, two = self.users
        with self._session(two) as env:
            lead = env["crm.lead"].browse(self.lead)
            self.assertEqual(lead.stage_id.id, self.stages[0])
            with self._session(one) as other:
                other["crm.lead"].browse(self.lead).stage_id = self.stages[1]
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                lead.stage_id = self.stages[2]
                env.flush_all()
            env.cr.rollback()
            env.transaction.clear()
        # Odoo repeats the request that failed
        with self._session(two) as env:
            lead = env["crm.lead"].browse(self.lead)
            with self.assertRaisesRegex(UserError, "One has just moved At once to Second"):
                lead.stage_id = self.stages[2]
            env.transaction.clear()
            self.assertEqual(lead.stage_id.id, self.stages[1])
            # the same stage is no conflict
            lead.stage_id = self.stages[1]

    def test_moves_one_after_the_other_are_free(self):
        one, two = self.users
        with self._session(one) as env:
            env["crm.lead"].browse(self.lead).stage_id = self.stages[1]
        with self._session(one) as env:
            env["crm.lead"].browse(self.lead).stage_id = self.stages[0]
        later = fields.Datetime.now() + timedelta(seconds=10)
        with self._session(two) as env, patch.object(type(env.cr), "now", lambda cr: later):
            env["crm.lead"].browse(self.lead).stage_id = self.stages[2]

    def test_two_clicks_make_one_quotation(self):
        one, two = self.users
        answers = []
        with self._session(one) as env:
            env["crm.lead"].browse(self.lead).action_new_quotation()
            env.flush_all()
            second = Thread(target=self._click, args=(two, answers))
            second.start()
            second.join(1)
            self.assertTrue(second.is_alive(), "the second waits for the first")
        second.join(120)
        self.assertEqual(answers[0], "repeated")
        with self._session() as env:
            orders = env["crm.lead"].browse(self.lead).order_ids
            self.assertEqual(len(orders), 1)
            self.assertEqual(answers[1]["params"]["next"]["res_id"], orders.id)

    def test_customer_and_salesperson_order_different_offers(self):
        one, two = self.users
        answers = []
        with self._session(one) as env:
            env["crm.lead"].browse(self.lead).action_new_quotation()
            first = env["crm.lead"].browse(self.lead).order_ids
            second = first.copy()
        with self._session(one) as env:
            env["sale.order"].browse(first.id).action_confirm()
            env.flush_all()
            other = Thread(target=self._confirm, args=(two, second.id, answers))
            other.start()
            other.join(1)
        other.join(120)
        self.assertEqual(answers[0], "repeated")
        self.assertIn("ordered already", answers[1])
        with self._session() as env:
            self.assertEqual(env["crm.lead"].browse(self.lead).ordered_amount, 10.0)

    def _confirm(self, user, order_id, answers):
        try:
            with self._session(user) as env:
                self._repeat(
                    env, answers, lambda: env["sale.order"].browse(order_id).action_confirm()
                )
        except UserError as error:
            answers.append(str(error))

    def _click(self, user, answers):
        with self._session(user) as env:
            lead = env["crm.lead"].browse(self.lead)
            answers.append(self._repeat(env, answers, lead.action_new_quotation))

    def _repeat(self, env, answers, request):
        """Do it again when it fails to serialise, as Odoo does with every request."""
        try:
            with mute_logger("odoo.sql_db"):
                result = request()
                env.flush_all()
                return result
        except SerializationFailure:
            answers.append("repeated")
            env.cr.rollback()
            env.transaction.clear()
            return request()
