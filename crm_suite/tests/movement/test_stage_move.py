from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import Form

from .common import MovementCase


class TestStageMove(MovementCase):
    @contextmanager
    def _count_queries_on_the_log(self, expected):
        cr, seen = self.env.cr, []
        execute = type(cr).execute

        def watch(cursor, query, *args, **kwargs):
            code = getattr(query, "code", query)
            if "crm_stage_move" in str(code):
                seen.append(code)
            return execute(cursor, query, *args, **kwargs)

        self.env.flush_all()
        with patch.object(type(cr), "execute", watch):
            yield
            self.env.flush_all()
        self.assertEqual(len(seen), expected, seen)

    def test_a_lead_on_its_way_to_be_won(self):
        lead = self._create_lead()
        lead.convert_opportunity(self.layla)
        lead.stage_id = self.offer
        lead.stage_id = self.signed
        self.assertEqual(
            self._moves(lead),
            [
                ("created", False, "New"),
                ("converted", "New", "New"),
                ("stage", "New", "Offer"),
                ("won", "Offer", "Signed"),
            ],
        )
        self.assertEqual(
            lead.stage_move_ids.sorted("id").mapped("type"),
            ["lead", "opportunity", "opportunity", "opportunity"],
        )
        move = lead.stage_move_ids[0]
        self.assertEqual(
            (move.user_id, move.team_id, move.company_id), (self.omar, self.north, self.company)
        )

    def test_lost_and_restored(self):
        lead = self._create_lead(type="opportunity")
        self.env["crm.lead.lost"].with_context(active_ids=lead.ids).create(
            {"lost_reason_id": self.price.id, "lead_ids": [(6, 0, lead.ids)]}
        ).action_lost_reason_apply()
        lead.action_restore()
        self.assertEqual(
            self._moves(lead),
            [("created", False, "New"), ("lost", "New", "New"), ("restored", "New", "New")],
        )

    def test_an_archived_lead_is_not_lost(self):
        lead = self._create_lead(type="opportunity", probability=40)
        lead.action_archive()
        self.assertEqual(self._moves(lead), [("created", False, "New")])
        lead.probability = 0
        self.assertEqual(self._moves(lead)[1:], [("lost", "New", "New")])

    def test_won_and_lost_leads_from_the_start(self):
        won = self._create_lead(type="opportunity", stage_id=self.signed.id)
        lost = self._create_lead(type="opportunity", active=False, probability=0)
        self.assertEqual(
            self._moves(won), [("created", False, "Signed"), ("won", "Signed", "Signed")]
        )
        self.assertEqual(self._moves(lost), [("created", False, "New"), ("lost", "New", "New")])

    def test_won_by_its_stage_becoming_the_won_stage(self):
        lead = self._create_lead(type="opportunity", stage_id=self.talks.id)
        self.talks.is_won = True
        self.assertEqual(self._moves(lead)[1:], [("won", "Talks", "Talks")])

    def test_a_won_deal_that_comes_back(self):
        lead = self._create_lead(type="opportunity", stage_id=self.signed.id)
        lead.stage_id = self.talks
        self.assertEqual(self._moves(lead)[2:], [("restored", "Signed", "Talks")])

    def test_the_team_moves_the_stage(self):
        self.offer.team_ids = self.south
        lead = self._create_lead(type="opportunity", team_id=self.south.id, user_id=self.sami.id)
        lead.stage_id = self.offer
        lead.write({"user_id": self.omar.id, "team_id": self.north.id})
        self.assertEqual(
            self._moves(lead)[1:], [("stage", "New", "Offer"), ("stage", "Offer", "New")]
        )
        self.assertEqual(lead.stage_move_ids.sorted("id")[-1].team_id, self.north)

    def test_what_does_not_move_is_not_logged(self):
        lead = self._create_lead(type="opportunity")
        lead.write({"stage_id": self.new.id, "name": "Other name", "expected_revenue": 5})
        lead.user_id = self.nora
        self.assertEqual(len(lead.stage_move_ids), 1)

    def test_a_write_within_a_write_is_logged_once(self):
        lead = self._create_lead(type="opportunity")
        Lead = type(self.env["crm.lead"])
        handle = Lead._handle_won_lost

        def meddle(leads, old, new):
            result = handle(leads, old, new)
            if leads == lead and lead.stage_id == self.offer:
                lead.stage_id = self.talks
            return result

        with patch.object(Lead, "_handle_won_lost", meddle):
            lead.stage_id = self.offer
        self.assertEqual(self._moves(lead)[1:], [("stage", "New", "Talks")])

    def test_a_refused_write_leaves_nothing(self):
        lead = self._create_lead(type="opportunity")
        with self.assertRaises(ValueError):
            lead.write({"stage_id": self.offer.id, "nonsense": 1})
        lead.stage_id = self.talks
        self.assertEqual(self._moves(lead)[1:], [("stage", "New", "Talks")])

    def test_duration_is_the_time_in_the_stage_left(self):
        lead = self._create_lead(type="opportunity")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_stage_move SET date = '2026-03-01 08:00:00' WHERE lead_id = %s", [lead.id]
        )
        self.env.invalidate_all()
        for at, values in [
            ("2026-03-01 20:00:00", {"stage_id": self.offer.id}),
            ("2026-03-02 20:00:00", {"active": False, "probability": 0}),
            ("2026-03-10 20:00:00", {"active": True, "probability": 20}),
            ("2026-03-10 23:00:00", {"stage_id": self.signed.id}),
        ]:
            with freeze_time(at):
                lead.write(values)
        moves = lead.stage_move_ids.sorted("id")
        self.assertEqual(
            list(zip(moves.mapped("kind"), moves.mapped("duration"), strict=True)),
            [("created", 0), ("stage", 12), ("lost", 24), ("restored", 0), ("won", 3)],
        )

    def test_a_salesperson_moves_a_lead_in_its_form(self):
        lead = self._create_lead(type="opportunity")
        with Form(lead.with_user(self.omar)) as form:
            form.stage_id = self.talks
        self.assertEqual(self._moves(lead)[1:], [("stage", "New", "Talks")])
        self.assertEqual(lead.stage_move_ids.sorted("id")[-1].create_uid, self.omar)

    def test_merged_leads_are_counted_once(self):
        first = self._create_lead(type="opportunity", stage_id=self.talks.id)
        second = self._create_lead(type="opportunity")
        dropped = second.stage_move_ids.ids
        merged = (first + second).merge_opportunity()
        self.assertEqual(merged, first)
        self.assertFalse(self.env["crm.stage.move"].browse(dropped).exists())
        self.assertEqual(self._moves(merged), [("created", False, "Talks")])

    def test_a_copy_starts_anew(self):
        lead = self._create_lead(type="opportunity")
        lead.stage_id = self.talks
        self.assertEqual(len(lead.copy().stage_move_ids), 1)

    def test_a_stage_that_is_deleted_leaves_a_gap(self):
        lead = self._create_lead(type="opportunity")
        lead.stage_id = self.offer
        lead.stage_id = self.talks
        self.offer.unlink()
        lead.invalidate_recordset()
        self.assertEqual(
            self._moves(lead)[1:], [("stage", "New", False), ("stage", False, "Talks")]
        )

    def test_many_leads_cost_as_few_queries_as_one(self):
        values = {
            "name": "Furniture",
            "type": "opportunity",
            "stage_id": self.new.id,
            "team_id": self.north.id,
        }
        with self._count_queries_on_the_log(1):
            leads = self.env["crm.lead"].create([dict(values) for _i in range(50)])
        with self._count_queries_on_the_log(2):
            leads.write({"stage_id": self.offer.id})
        with self._count_queries_on_the_log(0):
            leads.write({"priority": "2"})
        self.assertEqual(len(leads.stage_move_ids), 100)
