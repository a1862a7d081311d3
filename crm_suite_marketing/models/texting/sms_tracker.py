from odoo import models


class SmsTracker(models.Model):
    _inherit = "sms.tracker"

    def _update_sms_mailings(self, trace_status, traces):
        """Ours are called sent by the workers, when nothing waits any more."""
        others = traces.filtered(
            lambda one: not one.mass_mailing_id or not one.mass_mailing_id._uses_suite()
        )
        return super()._update_sms_mailings(trace_status, others) if others else None

    def _update_sms_traces(self, trace_status, failure_type=False, failure_reason=False):
        """What the provider tells is told on the delivery, too."""
        traces = super()._update_sms_traces(
            trace_status, failure_type=failure_type, failure_reason=failure_reason
        )
        Outbox, Engagement = self.env["crm.outbox"], self.env["crm.engagement"]
        arrived = traces if trace_status == "sent" else traces.browse()
        if arrived:
            # sudo: providers have no rights; core has found the message by its secret number
            Engagement.sudo()._record(
                [
                    {
                        "event_key": f"sms:{trace.id}:delivered",
                        "kind": "delivered",
                        "trace_id": trace.id,
                        "evidence": {"source": "sms"},
                    }
                    for trace in arrived
                ]
            )
        elif traces and trace_status in ("error", "bounce"):
            self.env.flush_all()
            labels = dict(traces._fields["failure_type"]._description_selection(self.env))
            detail = failure_reason or labels.get(failure_type) or failure_type or trace_status
            # sudo: as above
            Outbox.sudo()._note_undelivered(traces, str(detail))
        return traces
