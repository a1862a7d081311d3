from odoo import api, fields, models

# The context key of messages that tell of escalations holds this very object, which no client
# can send
ESCALATION = object()


class CrmTicket(models.Model):
    _name = "crm.ticket"
    _inherit = ["crm.ticket", "crm.delivery.mixin"]

    sla_event_ids = fields.One2many("crm.sla.event", "ticket_id", "Escalations", readonly=True)
    sla_event_count = fields.Integer("Escalation Count", compute="_compute_sla_event_count")

    @api.depends("sla_event_ids.state")
    def _compute_sla_event_count(self):
        counts = dict(
            self.env["crm.sla.event"]._read_group(
                [("ticket_id", "in", self.ids), ("state", "=", "done")],
                ["ticket_id"],
                ["__count"],
            )
        )
        for ticket in self:
            ticket.sla_event_count = counts.get(ticket._origin, 0)

    def action_view_sla_events(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_helpdesk.crm_sla_event_action"
        )
        action["domain"] = [("ticket_id", "=", self.id)]
        action["context"] = {"create": False}
        return action

    # ------------------------------------------------------------------ telling

    def _notify_escalation(self, user, channel, subject, body):
        """Tell a user of escalations, once: on this ticket, or by a message of its own when there
        is none.

        :param channel: "preference", "inbox" or "email"
        :param body: Markup
        :return: the message
        """
        marked = self.with_context(crm_escalation=ESCALATION, crm_escalation_channel=channel)
        return marked.message_notify(
            partner_ids=user.partner_id.ids, subject=subject, body=body, force_send=False
        ).with_env(self.env)

    def _is_escalation(self):
        return self.env.context.get("crm_escalation") is ESCALATION

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        channel = self.env.context.get("crm_escalation_channel")
        if self._is_escalation() and channel != "preference":
            recipients = [{**recipient, "notif": channel} for recipient in recipients]
        return recipients

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if self._is_escalation():
            values["is_sent_once"] = True
        return values

    def _on_delivery(self, mail, state, reason):
        res = super()._on_delivery(mail, state, reason)
        if state == "failed":
            # sudo: what became of a mail is noted by the job that delivers it
            notices = (
                self.env["crm.sla.notice"]
                .sudo()
                .search([("message_id", "=", mail.mail_message_id.id)])
            )
            notices.event_id._add_problem("not_delivered", notices.user_id.ids)
        return res
