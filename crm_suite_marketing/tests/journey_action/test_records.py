from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import ActionCommon


@tagged("post_install", "-at_install")
class TestRecords(ActionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._grant(
            cls.marketer, "sales_team.group_sale_salesman_all_leads", "base.group_partner_manager"
        )

    def _field(self, name, model="res.partner"):
        return self.env["ir.model.fields"]._get(model, name)

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    def _update(self, name, model="res.partner", **values):
        return self._make_node(
            "update", model=model, update_field_id=self._field(name, model).id, **values
        )

    def test_values_by_their_type(self):
        industry = self.env["res.partner.industry"].create({"name": "Toys"})
        priority = self.env["ir.model.fields.selection"].search(
            [("field_id", "=", self._field("priority", "crm.lead").id), ("value", "=", "2")]
        )
        today = fields.Date.context_today(self.marketer)
        cases = [
            ("res.partner", "ref", {"update_text": "A 1"}, "A 1"),
            ("res.partner", "color", {"update_number": 7}, 7),
            ("res.partner", "is_company", {"update_checked": True}, True),
            ("res.partner", "industry_id", {"update_res_id": industry.id}, industry),
            ("crm.lead", "priority", {"update_choice_id": priority.id}, "2"),
            ("crm.lead", "expected_revenue", {"update_number": 12.5}, 12.5),
            (
                "crm.lead",
                "date_deadline",
                {"update_days": 3},
                fields.Date.add(today, days=3),
            ),
        ]
        [lead] = self._make_leads(self.amal)
        for model, name, settings, expected in cases:
            with self.subTest(name):
                record = self.amal if model == "res.partner" else lead
                node = self._update(name, model, **settings)
                self.assertFalse(node._find_setting_problems())
                self.assertFalse(self._pass(node, record))
                self.assertEqual(record[name], expected)

    def test_a_field_is_emptied(self):
        self.amal.ref = "A 1"
        self._pass(self._update("ref", update_empties=True), self.amal)
        self.assertFalse(self.amal.ref)

    def test_the_contact_of_the_record(self):
        node = self._update("ref", update_text="X")
        node = self._make_node(
            "update",
            model="crm.lead",
            target="contact",
            update_field_id=self._field("ref").id,
            update_text="L",
        )
        leads = self._make_leads(self.amal, self.amal, self.emre)
        orphan = self.env["crm.lead"].create({"name": "Nobody's"})
        outcomes = self._pass(node, leads + orphan)
        self.assertEqual((self.amal.ref, self.emre.ref), ("L", "L"))
        self.assertEqual(outcomes[orphan.id].reason, "no_contact")
        self.assertEqual(outcomes[orphan.id].state, "skipped")

    def test_all_of_them_by_one_write(self):
        node = self._update("ref", update_text="B")
        people = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(80)])
        first, second = self._stand(node, people[:4]), self._stand(node, people[4:])
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        self._act(node, first)
        few = self.cr.sql_log_count - start
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        self._act(node, second)
        self.assertLessEqual(self.cr.sql_log_count - start, few + 3)
        self.assertEqual(set(people.mapped("ref")), {"B"})

    def test_who_has_the_value_is_left_alone(self):
        node = self._update("ref", update_text="C")
        self.amal.ref = "C"
        self.env.flush_all()
        before = self.amal.write_date
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = '2020-01-01' WHERE id = %s", [self.amal.id]
        )
        self.env.invalidate_all()
        self._pass(node, self.amal + self.emre)
        self.env.invalidate_all()
        self.assertLess(self.amal.write_date, before)
        self.assertEqual(self.emre.ref, "C")

    def test_settings_are_chosen_in_the_form(self):
        node = self._make_node("update")
        with Form(node) as form:
            form.update_field_id = self._field("ref")
            form.update_text = "by form"
        self._pass(node, self.amal)
        self.assertEqual(self.amal.ref, "by form")

    def test_a_deleted_record_goes_on(self):
        node = self._update("ref", update_text="D")
        steps = self._stand(node, self.amal + self.faris)
        gone = self.faris.id
        self.faris.unlink()
        outcomes = self._act(node, steps)
        self.assertEqual(outcomes[gone].reason, "gone")
        self.assertEqual(self.amal.ref, "D")

    def test_a_field_that_is_gone(self):
        field = self.env["ir.model.fields"].create(
            {
                "name": "x_journey",
                "field_description": "Journey",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "ttype": "char",
            }
        )
        node = self._make_node("update", update_field_id=field.id, update_text="x")
        self.assertFalse(node._find_setting_problems())
        self._pass(node, self.amal)
        self.assertEqual(self.amal.x_journey, "x")
        field.unlink()
        node.invalidate_recordset()
        self.assertTrue(node._find_setting_problems())
        with self.assertRaises(UserError):
            self._pass(node, self.emre)

    def test_a_value_that_is_gone_empties_no_field(self):
        self._grant(self.marketer, "sales_team.group_sale_salesman_all_leads")
        first, second = self.env["crm.team"].create([{"name": "First"}, {"name": "Second"}])
        node = self._make_node(
            "update",
            model="crm.lead",
            update_field_id=self._field("team_id", "crm.lead").id,
            update_res_id=second.id,
        )
        [lead] = self._make_leads(self.amal, team_id=first.id)
        second.unlink()
        with self.assertRaises(UserError):
            self._pass(node, lead)
        self.assertEqual(lead.team_id, first)
        node.update_empties = True
        self._pass(node, lead, pass_number=2)
        self.assertFalse(lead.team_id)

    def test_tags_and_lists_that_are_gone_are_told(self):
        tag = self.env["res.partner.category"].create({"name": "Loyal"})
        letter = self.env["mailing.list"].create({"name": "Letter"})
        nodes = self._make_node("tag", category_ids=[Command.set(tag.ids)])
        nodes |= self._make_node("list", list_ids=[Command.set(letter.ids)])
        tag.unlink()
        letter.unlink()
        nodes.invalidate_recordset()
        for node in nodes:
            with self.subTest(kind=node.kind), self.assertRaisesRegex(UserError, "Choose the"):
                self._pass(node, self.amal)

    # ------------------------------------------------------------------
    # Tags
    # ------------------------------------------------------------------

    def test_tags_are_added_and_taken_away(self):
        tag = self.env["res.partner.category"].create({"name": "Loyal"})
        self._pass(self._make_node("tag", category_ids=[Command.set(tag.ids)]), self.reachable)
        self.assertEqual(self.reachable.category_id, self.tag + tag)
        node = self._make_node("tag", change="remove", category_ids=[Command.set(tag.ids)])
        self._pass(node, self.amal + self.celine)
        self.assertEqual(self.amal.category_id, self.tag)
        self.assertIn(tag, self.emre.category_id)

    def test_tags_of_leads_and_of_their_contacts(self):
        tag = self.env["crm.tag"].create({"name": "Warm"})
        [lead] = self._make_leads(self.amal)
        self._pass(
            self._make_node("tag", model="crm.lead", crm_tag_ids=[Command.set(tag.ids)]), lead
        )
        self.assertEqual(lead.tag_ids, tag)
        other = self.env["res.partner.category"].create({"name": "Asked"})
        self._pass(
            self._make_node(
                "tag",
                model="crm.lead",
                target="contact",
                category_ids=[Command.set(other.ids)],
            ),
            lead,
        )
        self.assertIn(other, self.amal.category_id)

    # ------------------------------------------------------------------
    # Mailing lists
    # ------------------------------------------------------------------

    def _on(self, mailing_list):
        lines = self.env["mailing.subscription"].search(
            [("list_id", "=", mailing_list.id), ("opt_out", "=", False)]
        )
        return sorted(lines.contact_id.mapped("email_normalized"))

    def test_contacts_are_put_on_a_list_once(self):
        letter = self.env["mailing.list"].create({"name": "Letter"})
        self.env["mailing.contact"].create({"name": "Amal", "email": "Amal@customer.example.com"})
        node = self._make_node("list", list_ids=[Command.set(letter.ids)])
        outcomes = self._pass(node, self.amal + self.basil + self.assistant + self.dalia)
        self.assertEqual({n: one.reason for n, one in outcomes.items()}, {self.dalia.id: "missing"})
        there = ["amal@customer.example.com", "basil@customer.example.com"]
        self.assertEqual(self._on(letter), there)
        self.assertFalse(self._pass(node, self.amal, pass_number=2))
        self.assertEqual(self._on(letter), there)
        found = self.env["mailing.contact"].search_count(
            [("email_normalized", "=", "amal@customer.example.com")]
        )
        self.assertEqual(found, 1)

    def test_who_left_is_never_put_on_it_again(self):
        letter = self.env["mailing.list"].create({"name": "Letter"})
        self.env["mailing.contact"].create(
            {
                "name": "Amal",
                "email": "amal@customer.example.com",
                "subscription_ids": [Command.create({"list_id": letter.id, "opt_out": True})],
            }
        )
        self.say("emre@customer.example.com", "withdrawn")
        node = self._make_node("list", list_ids=[Command.set(letter.ids)])
        outcomes = self._pass(node, self.amal + self.basil + self.celine + self.emre)
        self.assertEqual(
            {number: one.reason for number, one in outcomes.items()},
            dict.fromkeys((self.amal + self.celine + self.emre).ids, "list"),
        )
        self.assertEqual(self._on(letter), ["basil@customer.example.com"])
        removal = self._make_node("list", change="remove", list_ids=[Command.set(letter.ids)])
        self._pass(removal, self.amal + self.basil)
        self.assertFalse(self._on(letter))
        self._pass(node, self.amal + self.basil, pass_number=2)
        self.assertEqual(self._on(letter), ["basil@customer.example.com"], "Amal's word stays")

    def test_lists_for_leads(self):
        letter = self.env["mailing.list"].create({"name": "Letter"})
        leads = self._make_leads(self.amal) + self.env["crm.lead"].create(
            {"name": "Web", "email_from": "web@customer.example.com"}
        )
        self._pass(
            self._make_node("list", model="crm.lead", list_ids=[Command.set(letter.ids)]), leads
        )
        self.assertEqual(
            self._on(letter), ["amal@customer.example.com", "web@customer.example.com"]
        )

    # ------------------------------------------------------------------
    # Segments
    # ------------------------------------------------------------------

    def test_contacts_are_put_into_a_segment(self):
        segment = self._create_segment(self.marketer, kind="fixed", domain="[]")
        node = self._make_node("segment", fixed_segment_id=segment.id)
        self.assertFalse(self._pass(node, self.amal + self.emre))
        self.assertEqual(segment.partner_ids, self.amal + self.emre)
        self.assertEqual(
            segment.member_ids.filtered(lambda one: not one.left_at).partner_id,
            self.amal + self.emre,
        )
        self._pass(
            self._make_node("segment", change="remove", fixed_segment_id=segment.id), self.amal
        )
        self.assertEqual(segment.partner_ids, self.emre)
        self.assertEqual(segment.user_id, self.marketer)

    def test_a_segment_of_somebody_else_stays_his(self):
        segment = self._create_segment(self.other_marketer, kind="fixed", domain="[]")
        node = self._make_node("segment", fixed_segment_id=segment.id)
        self.assertTrue(node._find_setting_problems())
        with self.assertRaises(UserError):
            self._pass(node, self.amal)
        self.assertEqual(segment.user_id, self.other_marketer)
        self.assertFalse(segment.partner_ids)

    def test_a_segment_of_a_filter_is_no_list(self):
        node = self._make_node("segment", fixed_segment_id=self.segment.id)
        self.assertTrue(node._find_setting_problems())
        with self.assertRaises(UserError):
            self._pass(node, self.amal)
