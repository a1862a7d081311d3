from odoo.exceptions import AccessError
from odoo.fields import Command

from .common import MovementCase


class TestStageMoveSecurity(MovementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls._create_lead(type="opportunity")
        cls.move = cls.lead.stage_move_ids
        cls.foreign = cls._create_lead(
            type="opportunity", user_id=cls.sami.id, team_id=cls.south.id
        )

    def _seen(self, user):
        both = self.lead + self.foreign
        moves = self.env["crm.stage.move"].with_user(user)
        return moves.search([("lead_id", "in", both.ids)]).lead_id.sudo()

    def test_moves_are_seen_with_their_lead(self):
        self.assertEqual(self._seen(self.omar), self.lead)
        self.assertEqual(self._seen(self.nora), self.lead)
        self.assertEqual(self._seen(self.sami), self.foreign)
        self.assertEqual(self._seen(self.alia), self.lead + self.foreign)
        self.lead.write({"user_id": self.sami.id, "team_id": self.south.id})
        self.assertFalse(self._seen(self.omar), "a lead that was handed over takes its log along")

    def test_moves_of_lost_leads_are_seen_too(self):
        self.lead.action_set_lost()
        self.assertEqual(self._seen(self.omar), self.lead)

    def test_nobody_without_sales_rights_sees_moves(self):
        with self.assertRaises(AccessError):
            self._seen(self.cora)

    def test_nobody_writes_the_log(self):
        administrator = self.env.ref("base.user_admin")
        for user in (self.omar, self.nora, self.alia, self.mona, administrator):
            move = self.move.with_user(user)
            with self.assertRaises(AccessError):
                move.write({"kind": "won"})
            with self.assertRaises(AccessError):
                move.unlink()
            with self.assertRaises(AccessError):
                move.create({"lead_id": self.lead.id, "date": "2026-01-01", "kind": "won"})

    def test_the_log_is_not_forged_through_the_lead(self):
        values = {"lead_id": self.lead.id, "date": "2026-01-01", "kind": "won", "type": "lead"}
        for command in (
            Command.create(values),
            Command.update(self.move.id, {"kind": "won"}),
            Command.delete(self.move.id),
            Command.clear(),
        ):
            with self.assertRaises(AccessError):
                self.lead.with_user(self.mona).write({"stage_move_ids": [command]})
                self.env.flush_all()
        self.assertEqual(self.lead.stage_move_ids.mapped("kind"), ["created"])

    def test_the_log_is_not_forged_by_an_import(self):
        result = (
            self.env["crm.lead"]
            .with_user(self.mona)
            .load(
                ["name", "stage_move_ids/kind", "stage_move_ids/type", "stage_move_ids/date"],
                [["Forged", "won", "opportunity", "2026-01-01 00:00:00"]],
            )
        )
        self.assertFalse(result["ids"])
        self.assertFalse(self.env["crm.lead"].search([("name", "=", "Forged")]))

    def test_companies_do_not_mix(self):
        other = self.env["res.company"].create({"name": "Other"})
        team = self.env["crm.team"].create({"name": "Elsewhere", "company_id": other.id})
        self.alia.company_ids += other
        lead = self._create_lead(
            type="opportunity",
            company_id=other.id,
            team_id=team.id,
            user_id=self.alia.id,
            partner_id=False,
        )
        self.assertEqual(lead.stage_move_ids.company_id, other)
        moves = self.env["crm.stage.move"].with_user(self.alia)
        domain = [("lead_id", "=", lead.id)]
        self.assertFalse(moves.with_context(allowed_company_ids=self.company.ids).search(domain))
        both = (self.company + other).ids
        self.assertTrue(moves.with_context(allowed_company_ids=both).search(domain))

    def test_opening_the_lead_of_a_move_takes_the_right_to_see_it(self):
        with self.assertRaises(AccessError):
            self.move.with_user(self.sami).action_open_lead()
        action = self.move.with_user(self.omar).action_open_lead()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.lead", self.lead.id))
