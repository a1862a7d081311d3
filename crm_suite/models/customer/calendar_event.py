from odoo import api, fields, models

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

    interaction_ids = fields.One2many("crm.interaction", "event_id", string="Interactions")

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
        wanted = {
            (event, customer): (event, contact)
            for event in events
            for customer, contact in event._get_interaction_contacts().items()
        }
        existing = {
            (interaction.event_id, interaction.commercial_partner_id): interaction
            for interaction in events.env["crm.interaction"].search([("event_id", "in", self.ids)])
        }
        interactions = events.env["crm.interaction"].with_context(
            tracking_disable=True, mail_create_nosubscribe=True
        )
        stale, to_create = interactions.browse(), []
        for key, interaction in existing.items():
            if key not in wanted:
                stale += interaction
        for key, (event, contact) in wanted.items():
            values = event._prepare_interaction_values(contact)
            if key not in existing:
                to_create.append(values)
                continue
            interaction = interactions.browse(existing[key].id)
            del values["partner_id"]
            changed = {
                name: value
                for name, value in values.items()
                if interaction._fields[name].convert_to_write(interaction[name], interaction)
                != value
            }
            if changed:
                interaction.write(changed)
        stale._drop_planned()
        interactions.create(to_create)

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
        for attendee in outsiders.filtered(lambda attendee: attendee.state != "declined"):
            contacts.setdefault(attendee.partner_id.commercial_partner_id, attendee.partner_id)
        if not outsiders and self.opportunity_id:
            partner = self.opportunity_id.partner_id
            contacts[partner.commercial_partner_id] = partner
        return contacts

    def _is_private_meeting(self):
        return self.privacy == "private" or (
            not self.privacy and self.user_id.calendar_default_privacy == "private"
        )

    def _prepare_interaction_values(self, contact):
        self.ensure_one()
        return {
            "name": self.name,
            "date": self.start,
            "duration": max(self.duration, 0),
            "channel": "meeting",
            "user_id": self.user_id.id,
            "partner_id": contact.id,
            "lead_id": self.opportunity_id.id,
            "event_id": self.id,
        }
