from odoo.tests import tagged

from .common import OutletCase


@tagged("post_install", "-at_install")
class TestMergeOfLeads(OutletCase):
    def _create_leads(self, count=2):
        return self.env["crm.lead"].create(
            [
                {
                    "name": f"Chairs {number}",
                    "type": "opportunity",
                    "probability": 90 - number,
                    "user_id": self.omar.id,
                    "team_id": self.north.id,
                }
                for number in range(count)
            ]
        )

    def test_the_values_of_every_kind_come_along(self):
        fields = self._make_every_kind("crm.lead")
        head, tail = self._create_leads()
        tail.write(self._get_every_value(fields))
        expected = self._read_values(tail, fields)
        merged = (head | tail).with_user(self.omar).merge_opportunity()
        self.assertEqual(merged, head)
        self.assertEqual(self._read_values(head, fields), expected)

    def test_the_first_lead_counts_and_the_log_keeps_the_others(self):
        contract, countries = self._make_fields(
            [
                {"name": "Contract"},
                {"name": "Markets", "kind": "many2many", "comodel": "res.country"},
            ]
        )
        head, tail = self._create_leads()
        head.write({contract.technical_name: "C-1", countries.technical_name: self.spain.ids})
        tail.write({contract.technical_name: "C-2", countries.technical_name: self.italy.ids})
        (head | tail).with_user(self.omar).merge_opportunity()
        self.assertEqual(head[contract.technical_name], "C-1")
        self.assertEqual(head[countries.technical_name], self.spain | self.italy)
        log = head.message_ids.filtered(lambda message: "Chairs 1" in (message.body or ""))
        self.assertIn("C-2", "".join(log.mapped("body")))

    def test_values_survive_that_whoever_merges_does_not_see(self):
        hidden, gone = self._make_fields(
            [
                {"name": "Rating", "group_ids": [self.env.ref("base.group_system").id]},
                {"name": "Old Number"},
            ]
        )
        head, tail = self._create_leads()
        tail.write({hidden.technical_name: "A", gone.technical_name: "17"})
        gone.action_archive_field()
        (head | tail).with_user(self.omar).merge_opportunity()
        self.assertEqual(head[hidden.technical_name], "A")
        self.assertEqual(head[gone.technical_name], "17")
        self.assertNotIn("Rating", "".join(head.message_ids.mapped("body")))


@tagged("post_install", "-at_install")
class TestMergeOfContacts(OutletCase):
    def test_the_values_of_every_kind_come_along(self):
        fields = self._make_every_kind("res.partner")
        hidden, gone = self._make_fields(
            [
                {
                    "name": "Rating",
                    "model": "res.partner",
                    "group_ids": [self.env.ref("base.group_system").id],
                },
                {"name": "Old Number", "model": "res.partner"},
            ]
        )
        source, target = self.env["res.partner"].create(
            [{"name": "Salem"}, {"name": "Salem Stores"}]
        )
        source.write(
            {
                **self._get_every_value(fields),
                hidden.technical_name: "A",
                gone.technical_name: "17",
            }
        )
        target[fields["char"].technical_name] = "Mine"
        gone.action_archive_field()
        expected = {**self._read_values(source, fields), "char": "Mine"}
        merger = self._create_user("maha", "base.group_partner_manager,base.group_user")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(merger)
        wizard._merge((source | target).ids, target.with_user(merger))
        target.invalidate_recordset()
        self.assertFalse(source.exists())
        self.assertEqual(self._read_values(target, fields), expected)
        self.assertEqual(target[hidden.technical_name], "A")
        self.assertEqual(target[gone.technical_name], "17")
