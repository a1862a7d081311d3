from odoo.tests import HttpCase, tagged

from .common import MergeCommon


@tagged("post_install", "-at_install")
class TestSeveralTour(MergeCommon, HttpCase):
    """Merge, undo, split and incidents in the browser, in both languages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ar_001")
        cls.action = cls.env["ir.actions.act_window"].create(
            {
                "name": "Two tickets",
                "res_model": "crm.ticket",
                "view_mode": "list,form",
                "domain": [("id", "in", (cls.source | cls.survivor).ids)],
            }
        )

    def setUp(self):
        super().setUp()
        for ticket, word in ((self.source, "source"), (self.survivor, "survivor")):
            body = f"Word of the {word}"
            ticket.message_post(
                body=body,
                author_id=ticket.partner_id.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )

    def tour(self, name):
        self.start_tour(f"/odoo/action-{self.action.id}", name, login="hd_agent", timeout=120)
        self.env.invalidate_all()

    def merge_and_split(self):
        self.tour("crm_suite_helpdesk_merge")
        self.assertFalse((self.source | self.survivor).merged_into_id)
        self.assertEqual(len(self.spoken(self.source)), 1)
        ticket = self.survivor.split_ids.target_id
        self.assertIn("Word of the survivor", self.spoken(ticket).body)

    def answer_an_incident(self):
        self.tour("crm_suite_helpdesk_incident")
        tickets = self.source | self.survivor
        self.assertEqual(tickets.parent_id.name, "The tour cut the power")
        self.assertEqual(set(tickets.mapped("stage_type")), {"solved"})
        for ticket in tickets:
            self.assertIn("The light is on again", self.spoken(ticket)[0].body)

    def test_merge_undo_and_split_in_english(self):
        self.merge_and_split()

    def test_merge_undo_and_split_in_arabic(self):
        self.agent.lang = "ar_001"
        self.merge_and_split()

    def test_incident_in_english(self):
        self.answer_an_incident()

    def test_incident_in_arabic(self):
        self.agent.lang = "ar_001"
        self.answer_an_incident()
