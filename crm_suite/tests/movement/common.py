from datetime import datetime, timedelta

from odoo.tools import SQL

from ..common import CrmSuiteCase

START = datetime(2026, 1, 5, 8)


class MovementCase(CrmSuiteCase):
    """A pipeline of four stages, New > Offer > Talks > Signed, in the teams North and South."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # stages of the database must not mix with those of the tests
        cls.env["crm.stage"].search([]).sequence = 1000
        cls.new, cls.offer, cls.talks, cls.signed = cls.stages = cls.env["crm.stage"].create(
            [
                {"name": "New", "sequence": 1},
                {"name": "Offer", "sequence": 2},
                {"name": "Talks", "sequence": 3},
                {"name": "Signed", "sequence": 4, "is_won": True},
            ]
        )
        cls.price = cls.env["crm.lost.reason"].create({"name": "Too dear"})

    @classmethod
    def _create_lead(cls, **values):
        return cls._create_opportunity(**{"type": "lead", "stage_id": cls.new.id, **values})

    def _moves(self, lead):
        """(kind, from stage, to stage) of the moves of a lead, in their order."""
        return [
            (move.kind, move.from_stage_id.name, move.to_stage_id.name)
            for move in lead.stage_move_ids.sorted("id")
        ]

    def _age(self, lead, hours, start=START):
        """Date the moves of a lead: the first at `start`, each other the given hours later."""
        moves = lead.stage_move_ids.sorted("id")
        dates = [start]
        for gap in hours:
            dates.append(dates[-1] + timedelta(hours=gap))
        self.assertEqual(len(moves), len(dates), moves.mapped("kind"))
        self.env.flush_all()
        closed = False
        for move, date, gap in zip(moves, dates, [0, *hours], strict=True):
            self.env.cr.execute(
                SQL(
                    "UPDATE crm_stage_move SET date = %s, duration = %s WHERE id = %s",
                    date,
                    0 if closed else gap,
                    move.id,
                )
            )
            if move.kind in ("won", "lost", "restored"):
                closed = move.kind != "restored"
        self.env.cr.execute(
            SQL("UPDATE crm_lead SET create_date = %s WHERE id = %s", start, lead.id)
        )
        self.env.invalidate_all(flush=False)
