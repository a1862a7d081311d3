from odoo import models

from ...lib.timeline import TimelineSource
from ..timeline import sql


class CrmTimeline(models.AbstractModel):
    """Reminders that went, each once: their mails are left out by the source of e-mails."""

    _name = "crm.timeline"
    _inherit = ["crm.timeline"]

    def _get_sources(self):
        return [
            *super()._get_sources(),
            TimelineSource(
                key="reminder",
                label=self.env._("Payment Reminder"),
                icon="fa-bell-o",
                model="crm.payment.reminder",
                chip=self.env._("Payment Reminders"),
                keys=self._reminder_keys,
                rows=self._reminder_rows,
                can_search=True,
            ),
        ]

    def _reminder_keys(self, query):
        return self._make_keys(
            query,
            "crm.payment.reminder",
            date_field="sent_at",
            customer_field="partner_id",
            texts=lambda column: [
                sql.in_raw_text(column("numbers")),
                sql.in_raw_text(column("edited_subject")),
                sql.in_user_name(column("user_id")),
            ],
        )

    def _reminder_rows(self, reminders):
        states = self._selection_labels("crm.payment.reminder", "state")
        return {
            reminder.id: {
                "title": reminder.level_id.name or self.env._("Payment Reminder"),
                "preview": " · ".join(
                    text for text in (reminder.edited_subject, reminder.numbers) if text
                ),
                "author": self._get_name(reminder.user_id or reminder.sent_by_id),
                "amount": reminder.total,
                "state": "" if reminder.state == "sent" else states[reminder.state],
            }
            for reminder in reminders
        }
