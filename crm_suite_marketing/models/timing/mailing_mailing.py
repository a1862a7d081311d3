from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from ...lib import consent as lib
from ..audience import audience
from ..consent.crm_consent import KINDS
from ..sending.handover import Fate
from . import timing

SOON = 500
# Of larger audiences nobody counts on a form who has had enough: a look at each takes long
MOST_COUNTED = 5000


class MailingMailing(models.Model):
    """When the messages of a mailing go."""

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    at_local_time = fields.Boolean(
        "At the Local Time of the Recipient",
        help="Scheduled for nine, it goes at nine where the recipient is, by the time zone of the "
        "contact; without one, by that of the company. The recipients are fixed as soon as it is "
        "that time anywhere.",
    )
    at_usual_hour = fields.Boolean(
        "At Each One's Usual Hour",
        help="Everybody gets it within a day, in the hour of his clock in which he opened and "
        "clicked most often in the last 90 days. Whoever did neither gets it at once.",
    )
    keeps_quiet_hours = fields.Boolean(
        "Keep Quiet Hours",
        default=True,
        help="Nothing goes in the quiet hours and on the days without sending that the company "
        "has set, where the recipient is.",
    )
    keeps_cap = fields.Boolean(
        "Keep the Limit of Messages",
        default=True,
        help="Whoever has had as many messages as the company allows waits for his turn.",
    )

    cap_text = fields.Char("Who Would Wait", compute="_compute_cap_text")

    @api.depends("state", "segment_reachable_count", "keeps_cap", "delivery_engine")
    @api.depends_context("lang")
    def _compute_cap_text(self):
        """Say before the launch whom of a segment the limit would hold."""
        self.cap_text = False
        for mailing in self.filtered(lambda one: one.state in ("draft", "in_queue")):
            company = mailing._get_delivery_company()
            reachable = mailing.segment_reachable_count
            if not (reachable and company.cap_messages and mailing.keeps_cap):
                continue
            if not mailing._uses_suite():
                continue
            words = {"most": company.cap_messages, "days": company.cap_days}
            if reachable > MOST_COUNTED:
                mailing.cap_text = mailing.env._(
                    "Whoever has had as many messages as the limit allows (%(most)s in %(days)s "
                    "days) waits; how many they are is seen at the launch.",
                    **words,
                )
            elif count := mailing._count_capped(company):
                mailing.cap_text = mailing.env._(
                    "%(count)s of them would wait: they have had, or are about to get, as many "
                    "messages as the limit allows (%(most)s in %(days)s days).",
                    count=count,
                    **words,
                )

    def _count_capped(self, company):
        """:return: how many of the segment the limit would hold now"""
        channel = self._get_consent_channel()
        # sudo: the key is nobody's to read
        salt = lib.salt(self.env["crm.consent"].sudo()._get_key(), KINDS[channel])
        key = SQL("encode(sha256(convert_to(%s || lower(audience.address), 'UTF8')), 'hex')", salt)
        partner = SQL("audience.partner_id")
        got = timing.count_got(
            (key, partner),
            SQL("NULL::int"),
            (SQL("'res.partner'"), partner),
            fields.Datetime.now() - timedelta(days=company.cap_days),
        )
        [[count]] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM (%s) AS audience WHERE reason IS NULL AND %s >= %s",
                self.segment_id._origin._get_audience_sql(*self._get_audience_arguments()),
                got,
                company.cap_messages,
            )
        )
        return count

    def action_put_in_queue(self):
        """Wake core's queue as early as somewhere it is time."""
        result = super().action_put_in_queue()
        early = self.filtered(lambda mailing: mailing._is_local())
        if early:
            cron = self.env.ref("mass_mailing.ir_cron_mass_mailing_queue")
            cron._trigger([mailing._get_launch_time() for mailing in early])
        return result

    def _is_local(self):
        return self._uses_suite() and self.at_local_time and bool(self.schedule_date)

    def _get_launch_time(self):
        """Return when it is the scheduled time of the clock at its easternmost place."""
        self.ensure_one()
        if not self._is_local():
            return self.schedule_date
        zone = pytz.timezone(self._get_sender_tz())
        offset = pytz.utc.localize(self.schedule_date).astimezone(zone).utcoffset()
        return self.schedule_date + offset - timing.EASTERNMOST

    def _get_sender_tz(self):
        company, user = self._get_delivery_company(), self._get_delivery_user()
        for name in (company.partner_id.tz, user.tz):
            if name in pytz.all_timezones_set:
                return name
        return "UTC"

    @api.model
    def _get_due_domain(self):
        """Return the domain of what has to be launched by now."""
        now = fields.Datetime.now()
        domain = [
            *("|", ("state", "=", "in_queue")),
            *("&", ("state", "=", "sending"), ("launched_at", "=", False)),
            ("delivery_engine", "=", "suite"),
        ]
        # the scheduled time of the westernmost clock is 26 hours after that of the easternmost
        local = self.search(
            [
                *domain,
                ("at_local_time", "=", True),
                ("schedule_date", ">=", now),
                ("schedule_date", "<", now + timedelta(hours=26)),
            ],
            limit=SOON,
        )
        local = local.filtered(lambda mailing: mailing._uses_suite())
        early = local.filtered(lambda mailing: mailing._get_launch_time() <= now)
        return [
            *domain,
            *("|", "|", ("id", "in", early.ids)),
            *(("schedule_date", "<", now), ("schedule_date", "=", False)),
        ]

    def _stage_timing(self):
        """Give everybody in the audience the moment from which his message may go."""
        self.ensure_one()
        now, sender = fields.Datetime.now(), self._get_sender_tz()
        company = self._get_delivery_company()
        self._run(
            SQL(
                """
                UPDATE %(table)s SET tz = %(sender)s, tz_guessed = TRUE
                 WHERE tz IS NULL OR tz != ALL(%(known)s::text[])
                """,
                table=audience.TABLE,
                known=self._get_known_zones(),
                sender=sender,
            )
        )
        due = SQL("%s::timestamp", now)
        if self._is_local():
            due = SQL(
                "GREATEST(%s, %s)",
                due,
                timing.make_local(self.schedule_date, sender, SQL("audience.tz")),
            )
        self._run(
            SQL("UPDATE %s AS audience SET due_at = %s WHERE reason IS NULL", audience.TABLE, due)
        )
        if self.at_usual_hour and self._uses_suite():
            self._stage_usual_hours(company, now)
        if self.keeps_quiet_hours and company._has_quiet_times():
            self._run(
                SQL(
                    """UPDATE %(table)s AS audience SET due_at = %(at)s, is_quiet = TRUE
                        WHERE reason IS NULL AND %(at)s > due_at""",
                    table=audience.TABLE,
                    at=timing.make_allowed(SQL("audience.due_at"), SQL("audience.tz"), company),
                )
            )
        if self.keeps_cap and company.cap_messages:
            got = timing.count_got(
                (SQL("audience.identity_key"), SQL("audience.partner_id")),
                SQL("audience.outbox_id"),
                (SQL("%s", self.mailing_model_real), SQL("audience.res_id")),
                now - timedelta(days=company.cap_days),
            )
            self._run(
                SQL(
                    """UPDATE %s AS audience SET is_capped = TRUE
                        WHERE reason IS NULL AND %s >= %s""",
                    audience.TABLE,
                    got,
                    company.cap_messages,
                )
            )

    def _stage_usual_hours(self, company, now):
        """Put everybody off to the hour in which he mostly reads; quiet hours come after it."""
        self._run(
            SQL(
                """UPDATE %(table)s AS audience SET due_at = %(at)s
                     FROM (%(habits)s) AS usual
                    WHERE usual.res_id = audience.res_id AND audience.reason IS NULL""",
                table=audience.TABLE,
                habits=timing.list_usual_hours(audience.TABLE, company, now),
                at=timing.make_hour(SQL("audience.due_at"), SQL("audience.tz"), SQL("usual.hour")),
            )
        )

    def _write_audience(self, statement):
        """Say of those whom the limit holds when they are free again."""
        planned = super()._write_audience(statement)
        company = self._get_delivery_company()
        if self.keeps_cap and company.cap_messages:
            self._run(self.env["crm.outbox"]._make_foresee(company, self))
        return planned

    def _ask_the_clock(self, rows):
        """Say which messages must wait: time has passed since they were planned, and others may
        have gone.

        :param rows: of this mailing, dicts with the columns of `claims.COLUMNS`
        :return: ``{row id: Fate}``
        """
        self.ensure_one()
        company, now = self._get_delivery_company(), fields.Datetime.now()
        fates = {}
        if self.keeps_quiet_hours and company._has_quiet_times():
            quiet = company._find_quiet_zones({row["tz"] for row in rows if row["tz"]}, now)
            fates = {
                row["id"]: Fate("waits", "quiet", at=quiet[row["tz"]])
                for row in rows
                if row["tz"] in quiet
            }
        if self.keeps_cap and company.cap_messages:
            for number, at in self._find_capped(rows, company, now):
                fates.setdefault(number, Fate("held", "cap", at=at))
        return fates

    def _find_capped(self, rows, company, now):
        """:return: list of (id, moment from which it can go) of the rows whose recipients have had
        enough
        """
        got = timing.count_got(
            (SQL("mine.identity_key"), SQL("mine.partner_id")),
            SQL("mine.id"),
            (SQL("mine.model"), SQL("mine.res_id")),
            now - timedelta(days=company.cap_days),
            coming=False,
        )
        return self.env.execute_query(
            SQL(
                """SELECT mine.id, %s FROM crm_outbox AS mine
                    WHERE mine.id = ANY(%s) AND mine.ignores_cap IS NOT TRUE
                      AND %s + %s >= %s""",
                timing.make_free(company, now, SQL("%s", self.keeps_quiet_hours)),
                [row["id"] for row in rows],
                got,
                SQL(timing.TAKEN),
                company.cap_messages,
            )
        )

    def _get_known_zones(self):
        """:return: the time zones of the audience that the database knows"""
        zones = self.env.execute_query(
            SQL("SELECT DISTINCT tz FROM %s WHERE tz IS NOT NULL", audience.TABLE)
        )
        names = [name for [name] in zones if name in pytz.all_timezones_set]
        if not names:
            return []
        known = self.env.execute_query(
            SQL("SELECT name FROM pg_timezone_names WHERE name = ANY(%s)", names)
        )
        return [name for [name] in known]
