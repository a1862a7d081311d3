from odoo.tools import SQL

from .common import MovementCase


class TestHistory(MovementCase):
    """The log is written for leads that were there before it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=False))

    def _do(self, lead, **values):
        lead.with_env(self.env).write(values)
        self.env.flush_all()
        self.env.cr.precommit.run()

    def _forget(self, leads):
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM crm_stage_move WHERE lead_id IN %s", tuple(leads.ids)))
        self.env.invalidate_all()
        self.assertFalse(leads.stage_move_ids)

    def _fill(self):
        self.env["crm.stage.move"]._fill_from_history()

    def _date(self, lead, table, column, value):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s",
                SQL.identifier(table),
                SQL.identifier(column),
                value,
                lead.id,
            )
        )
        self.env.invalidate_all()

    def test_tracked_leads_get_the_log_they_would_have_had(self):
        ways = [
            [],
            [{"stage_id": self.offer.id}, {"stage_id": self.talks.id}, {"stage_id": self.new.id}],
            [{"stage_id": self.signed.id}],
            [{"stage_id": self.offer.id}, {"active": False, "probability": 0}],
            [
                {"active": False, "probability": 0},
                {"active": True, "probability": 30},
                {"stage_id": self.signed.id},
                {"stage_id": self.talks.id},
            ],
        ]
        leads = self.env["crm.lead"]
        for way in ways:
            lead = self._create_lead(type="opportunity").with_env(self.env)
            self.env.cr.precommit.run()
            for values in way:
                self._do(lead, **values)
            leads += lead
        lived = [self._moves(lead) for lead in leads]
        self._forget(leads)
        self._fill()
        self.assertEqual([self._moves(lead) for lead in leads], lived)
        self._fill()
        self.assertEqual([self._moves(lead) for lead in leads], lived, "filled once only")

    def test_outcomes_tracked_in_another_language(self):
        self.env["res.lang"]._activate_lang("ar_001")
        lost = self.env["ir.model.fields.selection"].search(
            [("field_id.model", "=", "crm.lead"), ("value", "=", "lost")]
        )
        lost.with_context(lang="ar_001").name = "مفقود"
        lead = self._create_lead(type="opportunity")
        self.env.cr.precommit.run()
        self._do(lead.with_context(lang="ar_001"), active=False, probability=0)
        self._do(lead, active=True, probability=10)
        self._forget(lead)
        self._fill()
        self.assertEqual(
            [kind for kind, *_stages in self._moves(lead)], ["created", "lost", "restored"]
        )

    def test_dates_and_durations(self):
        lead = self._create_lead()
        self.env.cr.precommit.run()
        self._do(lead, stage_id=self.offer.id)
        self._do(lead, stage_id=self.signed.id)
        changes = self.env["mail.tracking.value"].search(
            [("mail_message_id.res_id", "=", lead.id), ("mail_message_id.model", "=", "crm.lead")]
        )
        by_message = changes.grouped("mail_message_id")
        first, second = sorted(by_message, key=lambda message: message.id)
        self._date(lead, "crm_lead", "create_date", "2026-02-01 08:00:00")
        self._date(lead, "crm_lead", "date_conversion", "2026-02-02 08:00:00")
        for message, date in ((first, "2026-02-02 18:00:00"), (second, "2026-02-05 18:00:00")):
            for change in by_message[message]:
                self._date(change, "mail_tracking_value", "create_date", date)
        self._forget(lead)
        self._fill()
        moves = lead.stage_move_ids.sorted("id")
        self.assertEqual(
            [(str(move.date), move.kind, move.duration) for move in moves],
            [
                ("2026-02-01 08:00:00", "created", 0),
                ("2026-02-02 08:00:00", "converted", 24),
                ("2026-02-02 18:00:00", "stage", 10),
                ("2026-02-05 18:00:00", "won", 72),
            ],
        )
        self.assertEqual(moves.mapped("type")[:2], ["lead", "opportunity"])

    def test_leads_without_any_tracking(self):
        won, lost, moved, untouched = leads = self.env["crm.lead"].concat(
            *(self._create_lead(type="opportunity") for _i in range(4))
        )
        won.stage_id = self.signed
        lost.write({"active": False, "probability": 0})
        moved.stage_id = self.talks
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE crm_lead
                      SET create_date = '2026-02-01 08:00:00',
                          date_last_stage_update = CASE WHEN id IN %s
                              THEN timestamp '2026-02-03 08:00:00'
                              ELSE '2026-02-01 08:00:00' END,
                          date_closed = CASE WHEN won_status != 'pending'
                              THEN timestamp '2026-02-04 08:00:00' END
                    WHERE id IN %s""",
                (won.id, moved.id),
                tuple(leads.ids),
            )
        )
        self._forget(leads)
        self._fill()
        self.assertEqual(self._moves(won), [("created", False, False), ("won", False, "Signed")])
        self.assertEqual(self._moves(lost), [("created", False, "New"), ("lost", "New", "New")])
        self.assertEqual(self._moves(moved), [("created", False, False), ("stage", False, "Talks")])
        self.assertEqual(self._moves(untouched), [("created", False, "New")])
        self.assertEqual(str(won.stage_move_ids.sorted("id")[-1].date), "2026-02-04 08:00:00")
        self.assertEqual(str(moved.stage_move_ids.sorted("id")[-1].date), "2026-02-03 08:00:00")

    def test_stages_that_are_gone(self):
        lead = self._create_lead(type="opportunity")
        self.env.cr.precommit.run()
        self._do(lead, stage_id=self.offer.id)
        self._do(lead, stage_id=self.talks.id)
        self._forget(lead)
        self.offer.unlink()
        self._fill()
        self.assertEqual(
            self._moves(lead),
            [("created", False, "New"), ("stage", "New", False), ("stage", False, "Talks")],
        )
