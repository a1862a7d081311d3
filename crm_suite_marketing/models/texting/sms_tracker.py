from odoo import models
from odoo.fields import Domain


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
        failed = trace_status in ("error", "bounce")
        # providers tell what happened in any order; what has arrived stays so
        told = self._filter_open() if failed else self
        traces = super(SmsTracker, told)._update_sms_traces(
            trace_status, failure_type=failure_type, failure_reason=failure_reason
        )
        # sudo: providers have no rights; core has found the message by its secret number
        Outbox, Engagement = self.env["crm.outbox"].sudo(), self.env["crm.engagement"].sudo()
        if traces and trace_status == "sent":
            Outbox._note_arrived(traces)
            Engagement._record(
                [
                    {
                        "event_key": f"sms:{trace.id}:delivered",
                        "kind": "delivered",
                        "trace_id": trace.id,
                        "evidence": {"source": "sms"},
                    }
                    for trace in traces
                ]
            )
        elif traces and failed:
            # all are told of with the same words
            Outbox._note_undelivered(traces, traces[0]._describe_failure())
        return traces

    def _filter_open(self):
        """:return: those of whose message nobody knows that it arrived"""
        # sudo: as above
        events = self.env["crm.engagement"].sudo()
        arrived = events.search(
            Domain("trace_id", "in", self.mailing_trace_id.ids)
            & (
                Domain("kind", "=", "delivered")
                | Domain("kind", "in", ("click", "reply")) & Domain("actor", "!=", "bot")
            )
        ).trace_id
        return self.filtered(lambda one: one.mailing_trace_id not in arrived)
