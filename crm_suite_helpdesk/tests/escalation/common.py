from odoo.fields import Command

from ..common import HelpdeskCommon


class EscalationCommon(HelpdeskCommon):
    """The scene of the helpdesk tests; its policy has the rules that a test gives it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.agent | cls.manager | cls.outsider
        cls.people.notification_type = "inbox"

    @classmethod
    def set_rules(cls, *rules):
        """Give the policy these rules and no others; unless they say otherwise, they are about the
        first response, and do not wait for working hours.
        """
        defaults = {"metric": "first_response", "only_working_hours": False}
        cls.policy.rule_ids.unlink()
        cls.policy.rule_ids = [
            Command.create({"sequence": n, **defaults, **rule}) for n, rule in enumerate(rules)
        ]
        return cls.policy.rule_ids

    def tick_at(self, moment=None, **delta):
        """Let time pass, and the tick come."""
        if moment or delta:
            self.travel(moment, **delta)
        self.run_cron("crm.sla.clock", "_cron_tick")

    def steps(self, ticket, state="done"):
        events = ticket.sla_event_ids.filtered(lambda event: event.state == state)
        return events.sorted("id").mapped("label")

    def assertSteps(self, ticket, labels):
        self.assertEqual(self.steps(ticket), labels)

    def messages(self, user):
        """What the user was told of escalations, oldest first."""
        return (
            self.env["crm.sla.notice"]
            .search([("user_id", "=", user.id), ("sent_at", "!=", False)])
            .message_id.sorted("id")
        )

    def inbox(self, user):
        return self.env["mail.notification"].search_count(
            [
                ("mail_message_id", "in", self.messages(user).ids),
                ("res_partner_id", "=", user.partner_id.id),
                ("notification_type", "=", "inbox"),
            ]
        )
