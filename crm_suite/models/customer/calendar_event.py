from odoo import api, fields, models
from odoo.tools import SQL

from ..mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

# What of a meeting shows in its interactions, or decides whether there are any
INTERACTION_FIELDS = {
    "active",
    "allday",
    "attendee_ids",
    "duration",
    "name",
    "opportunity_id",
    "partner_ids",
    "privacy",
    "start",
    "start_date",
    "stop",
    "stop_date",
    "user_id",
}


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    interaction_ids = fields.One2many(
        "crm.interaction",
        "event_id",
        string="Interactions",
        # whoever reads a whole meeting need not read the history of customers
        groups="sales_team.group_sale_salesman",
    )

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events._sync_interactions()
        return events

    def write(self, vals):
        # the core method takes values out of vals
        concerned = INTERACTION_FIELDS & set(vals)
        result = super().write(vals)
        if concerned:
            self.exists()._sync_interactions()
        return result

    def unlink(self):
        # sudo: the meeting of a colleague is in the history of his customers
        interactions = self.sudo().interaction_ids
        result = super().unlink()
        interactions._drop_planned()
        return result

    # ------------------------------------------------------------------
    # Interactions
    # ------------------------------------------------------------------

    def _sync_interactions(self):
        """Give each customer who takes part in a meeting one interaction that follows the meeting.

        Set-based: one search, one create and one unlink for all the events. Interactions of
        meetings that are over are never taken away: they are history, whatever happens to the
        event later.
        """
        # sudo: the history follows the meeting, whoever moves it and whoever may read the log
        events = self.sudo()
        events._lock_for_interactions()
        wanted = {
            (event, customer): (event, contact)
            for event in events
            for customer, contact in event._get_interaction_contacts().items()
        }
        Interaction = events.env["crm.interaction"].with_context(
            tracking_disable=True,
            mail_create_nosubscribe=True,
            # what a form asks for is filled in later: no meeting waits for it
            crm_form_rules=KEEP_INCOMPLETE,
        )
        # several of one customer: contacts or leads were merged, or got a common parent later
        existing = Interaction.search([("event_id", "in", self.ids)]).grouped(
            lambda interaction: (interaction.event_id, interaction.commercial_partner_id)
        )
        stale, to_create = Interaction.browse(), []
        for key, found in existing.items():
            stale += found._get_superfluous() if key in wanted else found
        for key, (event, contact) in wanted.items():
            if key not in existing:
                to_create.append(event._prepare_interaction_values(contact))
                continue
            for interaction in existing[key] - stale:
                event._update_interaction(interaction)
        stale._drop_planned()
        Interaction.create(to_create)

    def _lock_for_interactions(self):
        """Let whoever changes the same meetings at once wait, and start again with what we did."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM calendar_event WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                tuple(self.ids) or (0,),
            )
        )

    def _update_interaction(self, interaction):
        values = self._prepare_interaction_values(interaction.partner_id, interaction.company_id)
        del values["partner_id"]
        changed = {
            name: value
            for name, value in values.items()
            if interaction._fields[name].convert_to_write(interaction[name], interaction) != value
        }
        if changed:
            # with a lead the company would be looked for again, past the other links
            interaction.write({**changed, "company_id": interaction.company_id.id})

    def _get_interaction_contacts(self):
        """The customers of one meeting and whom of each we meet.

        Outsiders among the attendees who have not declined; for a meeting on an opportunity to
        which only colleagues were invited, the contact of the opportunity.

        :rtype: dict[res.partner, res.partner], commercial partner to contact
        """
        self.ensure_one()
        contacts = {}
        if not self.active or self._is_private_meeting():
            return contacts
        outsiders = self.with_context(active_test=False).attendee_ids.filtered(
            lambda attendee: all(attendee.partner_id.user_ids.mapped("share"))
        )
        if outsiders and not self._is_ours():
            return contacts
        for attendee in outsiders.filtered(lambda attendee: attendee.state != "declined"):
            contacts.setdefault(attendee.partner_id.commercial_partner_id, attendee.partner_id)
        if not outsiders and self.opportunity_id:
            partner = self.opportunity_id.partner_id
            contacts[partner.commercial_partner_id] = partner
        return contacts

    def _is_ours(self):
        """Whether one of us is there, or it is about an opportunity.

        Days off of employees without a user are events to which only themselves are invited.
        """
        attendees = self.with_context(active_test=False).attendee_ids.partner_id.user_ids
        return bool(self.opportunity_id) or not all((self.user_id + attendees).mapped("share"))

    def _is_private_meeting(self):
        return self.privacy == "private" or (
            not self.privacy and self.user_id.calendar_default_privacy == "private"
        )

    def _prepare_interaction_values(self, contact, company=None):
        """Values that fit one company: history never stands in the way of a meeting.

        :param company: of an interaction that exists; else it is that of the contact, of the
            opportunity or of the organiser, the first there is
        """
        self.ensure_one()
        lead, user = self.opportunity_id, self.user_id
        keep = self.env["crm.interaction"]._keep_of_company
        company = (
            company or contact.company_id or lead.company_id or user.company_id or self.env.company
        )
        return {
            "name": self.name,
            "date": self.start,
            "duration": max(self.duration, 0),
            "channel": "meeting",
            "user_id": keep(user, company).id,
            "partner_id": contact.id,
            "lead_id": keep(lead, company).id,
            "event_id": self.id,
            "company_id": company.id,
        }
