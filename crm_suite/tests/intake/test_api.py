from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import CrmSuiteCase


@tagged("post_install", "-at_install")
class TestApi(HttpCase, CrmSuiteCase):
    """Another system posts a lead, as docs/leads.md shows it."""

    def _post(self, user, method, **arguments):
        key = user and (
            self.env["res.users.apikeys"]
            .with_user(user)
            ._generate("rpc", "Test", fields.Datetime.now() + timedelta(hours=1))
        )
        return self.opener.post(
            f"{self.base_url()}/json/2/crm.lead/{method}",
            json=arguments,
            headers={"Authorization": f"bearer {key or 'wrong'}"},
        )

    def test_a_lead_is_posted_with_a_key(self):
        source = self.env["utm.source"].create({"name": "Shop"})
        answer = self._post(
            self.omar,
            "create",
            vals_list=[
                {
                    "name": "20 desks",
                    "contact_name": "Nour Salem",
                    "email_from": "nour@salem.example.org",
                    "source_id": source.id,
                    "line_ids": [[0, 0, {"product_id": self.desk.id, "quantity": 20}]],
                }
            ],
        )
        self.assertEqual(answer.status_code, 200, answer.text)
        lead = self.env["crm.lead"].browse(answer.json())
        self.assertRecordValues(
            lead, [{"name": "20 desks", "source_id": source.id, "user_id": self.omar.id}]
        )
        self.assertEqual(lead.line_ids.quantity, 20)

    @mute_logger("odoo.http")
    def test_without_key_or_right_nothing_is_posted(self):
        values = [{"name": "Nothing"}]
        self.assertEqual(self._post(None, "create", vals_list=values).status_code, 401)
        self.assertEqual(self._post(self.cora, "create", vals_list=values).status_code, 403)
        foreign = self._create_opportunity(user_id=self.sami.id, team_id=self.south.id)
        answer = self._post(self.omar, "write", ids=foreign.ids, vals={"name": "Mine"})
        self.assertEqual(answer.status_code, 403)
        answer = self._post(self.omar, "_settle_mail_routes", message="", message_dict={})
        self.assertEqual(answer.status_code, 403)
        answer = self._post(self.omar, "create", vals_list=[{"no_such_field": 1}])
        self.assertIn(answer.status_code, (400, 422, 500))
        self.assertFalse(self.env["crm.lead"].search([("name", "in", ["Nothing", "Mine"])]))
