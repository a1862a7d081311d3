from odoo import api, fields, models
from odoo.tools import SQL

from .text_worker import TextWorker


class CrmOutbox(models.Model):
    # each room extends a model by itself
    _inherit = "crm.outbox"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _get_worker_class(self, channel):
        return TextWorker if channel == TextWorker.channel else super()._get_worker_class(channel)

    @api.model
    def _note_undelivered(self, traces, detail):
        """Note that text messages did not arrive, which providers tell later. On the cursor that
        holds their traces: whoever waits for these and has the rows is seen by the database.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE crm_outbox SET state = 'failed', reason = 'declined', detail = %s
                    WHERE trace_id = ANY(%s) AND channel = 'sms' AND state IN ('sent', 'uncertain')
                """,
                detail,
                traces.ids,
            )
        )
        self._forget_read()

    @api.model
    def _note_arrived(self, traces):
        """Note that text messages arrived of which the provider had said that they did not."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE crm_outbox
                      SET state = 'sent', reason = NULL, detail = NULL,
                          sent_at = COALESCE(sent_at, %s)
                    WHERE trace_id = ANY(%s) AND channel = 'sms' AND state = 'failed'
                      AND reason = 'declined'
                """,
                fields.Datetime.now(),
                traces.ids,
            )
        )
        self._forget_read()
