from odoo import api, fields, models
from odoo.tools import SQL

from . import queries


class CrmJourneyParticipant(models.Model):
    """Participants leave before the end."""

    _inherit = "crm.journey.participant"  # pylint: disable=consider-merging-classes-inherited

    # who has been through, by his address: nothing is written to it on the way in
    _past_idx = models.Index("(journey_id, identity_key) WHERE state != 'running'")

    # whose steps can be forgotten
    _ended_idx = models.Index("(exited_at, id) WHERE state != 'running'")

    @api.model
    def _exit(self, who, reason):
        """Take participants out of their journeys. Who has ended already is left alone.

        :param who: ids, or ``SQL`` that selects them
        :param reason: one of `choices.EXIT_REASONS`
        :return: how many left
        """
        self.env.flush_all()
        left = self._exit_on(self.env.cr, who, reason)
        self.invalidate_model()
        self.env["crm.journey.step"].invalidate_model()
        return len(left)

    @api.model
    def _exit_on(self, cr, who, reason):
        """The same on a cursor of the engine.

        :return: ids of those who left
        """
        if not isinstance(who, SQL):
            if not who:
                return []
            who = SQL("SELECT unnest(%s::int[])", list(who))
        now = fields.Datetime.now()
        cr.execute(queries.make_exit(who, reason, now))
        left = [id_ for [id_] in cr.fetchall()]
        has_open = bool(left)
        while has_open:
            cr.execute(queries.make_close(left, reason, now))
            # one that was just being finished is not closed, and has opened the next one
            cr.execute(queries.make_has_open(left))
            [has_open] = cr.fetchone()
        return left

    def unlink(self):
        self.env.cr.execute(
            SQL("DELETE FROM crm_journey_step WHERE participant_id = ANY(%s)", self.ids)
        )
        self.env["crm.journey.step"].invalidate_model()
        return super().unlink()
