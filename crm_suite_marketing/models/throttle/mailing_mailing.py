from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL, format_datetime

from ..sending import tally

# errors are counted over this time
ERROR_TIME = timedelta(hours=1)


class MailingMailing(models.Model):
    """Breakers: sending that does harm pauses by itself, and says why."""

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    def _check_run(self, query):
        """Pause when too much goes wrong: whoever goes on then loses his good name with mail
        servers.

        :param query: runs a statement where the latest numbers are seen, and returns the rows
        """
        if not self or self.is_paused or self.state != "sending":
            return
        now = fields.Datetime.now()
        numbers = query(tally.make_sum_query(self.id, now - ERROR_TIME))
        reason = self._find_trouble(now, *numbers[0])
        if reason:
            self._pause(reason)

    def _find_trouble(self, now, handed, errors, unreached_since, total, bounces, complaints):
        """Return why the mailing must be paused, or nothing."""
        company = self._get_delivery_company()
        enough, share = company.breaker_least_errors, company.breaker_error_percent
        if share and errors >= enough and errors * 100 > handed * share:
            return self.env._(
                "%(errors)s of the %(handed)s messages of the last hour were not taken by the "
                "mail server. Look at the reasons of the deliveries before you resume.",
                errors=errors,
                handed=handed,
            )
        minutes = company.breaker_unreached_minutes
        if minutes and unreached_since and unreached_since <= now - timedelta(minutes=minutes):
            return self.env._(
                "The mail server has not been reached since %(time)s. Look at its settings and "
                "at the reasons of the deliveries, and resume when it answers.",
                time=format_datetime(self.env, unreached_since, dt_format="short"),
            )
        if total < company.breaker_least_sent:
            return None
        share = company.breaker_bounce_percent
        if share and bounces * 100 > total * share:
            return self.env._(
                "%(people)s of %(total)s messages bounced for good, more than %(percent)s %%. "
                "Clean up the addresses before you resume: providers block who writes to many "
                "that do not exist.",
                people=bounces,
                total=total,
                percent=f"{share:g}",
            )
        share = company.breaker_complaint_percent
        if share and complaints * 100 > total * share:
            return self.env._(
                "%(people)s of %(total)s recipients reported the message as spam, more than "
                "%(percent)s %%. Ask yourself whether they agreed to it before you resume.",
                people=complaints,
                total=total,
                percent=f"{share:g}",
            )
        return None

    def _pause(self, reason, tell=True):
        result = super()._pause(reason, tell=tell)
        self._forget_queues(self._find_queues())
        for mailing in self if tell else self.browse():
            if mailing.user_id:
                # one mail is enough
                mailing.with_context(mail_activity_quick_update=True).activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=mailing.user_id.id,
                    summary=mailing.env._("Sending was paused"),
                    note=reason,
                    automated=False,
                )
        return result

    def action_cancel_rest(self):
        domains = self._find_queues()
        result = super().action_cancel_rest()
        self._forget_queues(domains)
        return result

    def _find_queues(self):
        """:return: the domains of the recipients who wait for their turn"""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT split_part(identity, '@', 2) FROM crm_outbox
                    WHERE mailing_id = ANY(%s) AND state = 'planned' AND reason = 'throttled'""",
                self.ids,
            )
        )
        return [domain for [domain] in rows if domain]

    def _forget_queues(self, domains):
        if domains:
            self.env["crm.sending.limit"]._forget_queues(domains, but=self.ids)

    def _tell_of_waiting(self):
        """Tell the responsible once that messages have been put off for long."""
        for mailing in self:
            summary = mailing.env._("Messages are put off")
            # sudo: the question may stand with somebody else
            if mailing.user_id and summary not in mailing.sudo().activity_ids.mapped("summary"):
                mailing.with_context(mail_activity_quick_update=True).activity_schedule(
                    "mail.mail_activity_data_todo",
                    user_id=mailing.user_id.id,
                    summary=summary,
                    note=mailing.env._(
                        "Messages have been put off for a day already, and fail after three. "
                        "Look at the deliveries that wait, and at what is held."
                    ),
                    automated=False,
                )

    def _resume(self, overdue="now", hours=0):
        """A person has looked at it: what was counted before does not pause it again."""
        self.env.cr.execute(SQL("DELETE FROM crm_sending_tally WHERE mailing_id = %s", self.id))
        result = super()._resume(overdue=overdue, hours=hours)
        # others may have had their turns meanwhile
        domains = self._find_queues()
        if domains:
            limits = self.env["crm.sending.limit"]
            limits._ask_again(domains, has_server=True, mailings=self.ids)
        return result
