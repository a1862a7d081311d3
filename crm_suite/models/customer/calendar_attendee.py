from odoo import api, models


class CalendarAttendee(models.Model):
    _inherit = "calendar.attendee"

    @api.model_create_multi
    def create(self, vals_list):
        attendees = super().create(vals_list)
        # attendees that come with a new event are handled once, by the event
        if not self.env.context.get("is_calendar_event_new"):
            attendees.event_id._sync_interactions()
        return attendees

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.event_id._sync_interactions()
        return result

    def unlink(self):
        events = self.event_id
        result = super().unlink()
        events.exists()._sync_interactions()
        return result
