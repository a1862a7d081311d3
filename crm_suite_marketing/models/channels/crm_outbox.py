from odoo import api, models

from .workers import WORKERS


class CrmOutbox(models.Model):
    """Each channel but e-mail has one worker, so that a slow service holds up its own only."""

    _inherit = "crm.outbox"  # pylint: disable=consider-merging-classes-inherited

    _channel_due_idx = models.Index(
        "(channel, mailing_id, due_at, id) WHERE state = 'planned' AND channel != 'mail'"
    )

    @api.model
    def _cron_send_channel(self, channel):
        """Send what is due on a channel. May be killed and repeated."""
        self._cron_send(channel, channel)

    @api.model
    def _get_worker_class(self, channel):
        return WORKERS.get(channel) or super()._get_worker_class(channel)

    @api.model
    def _wake_workers(self, at=None):
        result = super()._wake_workers(at)
        # sudo: whoever launches a mailing wakes the jobs that send it
        jobs = self.env["ir.cron"].sudo()
        domain = [
            ("model_id.model", "=", self._name),
            ("code", "=like", r"model.\_cron\_send\_ch%"),
        ]
        for job in jobs.search(domain, limit=10):
            job._trigger(at)
        return result

    def _is_call_of(self, model, res_id):
        """Say whether this is a call of this record: people may move activities."""
        return self.channel == "activity" and (self.model, self.res_id) == (model, res_id)

    @api.model
    def _note_calls(self, calls):
        """Note calls that were made.

        :param calls: ``{id of the delivery: id of the activity}``
        """
        # sudo: events have one door, and whoever makes a call has no rights in marketing
        self.env["crm.engagement"].sudo()._record(
            [
                {
                    "event_key": f"activity:{activity_id}",
                    "kind": "delivered",
                    "outbox_id": outbox_id,
                    "evidence": {"source": "activity"},
                }
                for outbox_id, activity_id in calls.items()
            ]
        )
