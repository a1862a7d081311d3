from datetime import datetime, timezone

import pytz

from odoo import fields, models
from odoo.tools import format_datetime, formataddr

from odoo.addons.crm_suite.lib.working_time import epoch, moment

from ...lib import silence


class CrmTicketTeam(models.Model):
    """What a team tells its customers by itself when they write."""

    _name = "crm.ticket.team"
    _inherit = ["crm.ticket.team"]

    acknowledge = fields.Boolean(
        "Confirm New Tickets",
        default=True,
        help="Whoever opens a ticket is told its number, once, in his language. Machines, blocked "
        "senders and our own addresses get nothing, and nobody gets more than one an hour.",
    )
    acknowledge_template_id = fields.Many2one(
        "mail.template",
        "Confirmation",
        domain=[("model", "=", "crm.ticket")],
        ondelete="set null",
        default=lambda self: self._get_default_template("mail_template_ticket_received"),
    )
    acknowledge_closed = fields.Boolean(
        "Tell When We Are Closed",
        default=True,
        help="Whoever writes outside of the working hours of the team is told when it opens next: "
        "in the confirmation of a new ticket, or by a notice of its own, once until then.",
    )
    acknowledge_closed_template_id = fields.Many2one(
        "mail.template",
        "Notice",
        domain=[("model", "=", "crm.ticket")],
        ondelete="set null",
        default=lambda self: self._get_default_template("mail_template_ticket_closed_hours"),
    )

    def _get_default_template(self, name):
        return self.env.ref(f"crm_suite_helpdesk.{name}", raise_if_not_found=False)

    def _get_service_calendar(self, company):
        """The working hours of a team, else of its company; empty means around the clock."""
        # sudo: whoever has a ticket in front of him may not read calendars
        team, company = self.sudo(), company.sudo()
        return (team.calendar_id or company.resource_calendar_id).filtered(
            lambda calendar: not calendar.flexible_hours
        )

    def _get_next_opening(self, company, now):
        """When somebody works in this team again.

        :param now: naive UTC
        :return: naive UTC; `now` itself while somebody works, False when nobody ever does
        """
        hours = self._get_service_calendar(company)._get_working_hours(company)
        return moment(silence.next_opening(hours, epoch(now)))

    def _format_opening(self, company, instant, lang):
        """An instant in the time zone of the team and in words of a language, zone included."""
        calendar = self._get_service_calendar(company)
        zone = pytz.timezone(calendar.tz or company.partner_id.tz or "UTC")
        offset = instant.replace(tzinfo=timezone.utc).astimezone(zone).utcoffset()
        minutes = int(offset.total_seconds()) // 60
        sign, (hour, minute) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
        text = format_datetime(
            self.env, instant, tz=zone.zone, dt_format="EEEE d MMMM y, HH:mm", lang_code=lang
        )
        # Left-to-right marks keep the offset in one piece in Arabic texts
        return f"{text} (\u200eUTC{sign}{hour}:{minute:02d}\u200e)"

    def _get_sender(self):
        """From whom the automatic messages of this team are: its address, else the company's."""
        self.ensure_one()
        # sudo: aliases belong to the administrator
        team = self.sudo()
        if team.alias_name and team.alias_domain_id:
            return formataddr((team.name, team.alias_full_name))
        return team.company_id.email_formatted or team.company_id.partner_id.email_formatted

    def _is_open_now(self, company, now):
        opening = self._get_next_opening(company, now)
        return bool(opening) and opening <= now

    def _was_open_between(self, company, start, end):
        """Whether somebody worked between two instants, naive UTC."""
        hours = self._get_service_calendar(company)._get_working_hours(company)
        return hours.worked(epoch(start or datetime(1980, 1, 1)), epoch(end)) > 0
