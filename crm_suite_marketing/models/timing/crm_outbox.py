from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from . import timing

TRUE = SQL("TRUE")
# About 0.2 ms each, every five minutes
MOST_FORESEEN = 20_000


class CrmOutbox(models.Model):
    """Messages that wait for their time."""

    _inherit = "crm.outbox"

    @api.model
    def _cron_keep_times(self):
        """Put off what quiet hours have caught up with, and send on whom the limit lets through."""
        groups = self._group_running()
        self.env["ir.cron"]._commit_progress(remaining=len(groups))
        for company, part in groups.items():
            self._put_off_quiet(company, part.filtered("keeps_quiet_hours"))
            self._release_capped(company, part)
            self._foresee_capped(company, part)
            self.env["ir.cron"]._commit_progress(processed=1)

    @api.model
    def _group_running(self):
        """:return: ``{company whose hours and limit count: mailings that are being sent}``"""
        # sudo: for all companies
        mailings = (
            self.env["mailing.mailing"]
            .sudo()
            .search([("state", "=", "sending"), ("launched_at", "!=", False)])
            .filtered(lambda mailing: not mailing.is_paused)
        )
        return mailings.grouped(lambda mailing: mailing._get_delivery_company())

    @api.model
    def _count_waiting(self, company):
        """:return: ``{reason: number}`` of the messages that the hours or the limit of this company
        keep back now
        """
        mailings = self._group_running().get(company)
        if not mailings:
            return {}
        domain = [("mailing_id", "in", mailings.ids), *self._get_waiting_domain()]
        # sudo: how many they are, no more
        return dict(self.sudo()._read_group(domain, ["reason"], ["__count"]))

    @api.model
    def _get_waiting_domain(self):
        """Return the domain of what does not go now."""
        now = fields.Datetime.now()
        return ["|", ("state", "=", "held"), "&", ("state", "=", "planned"), ("due_at", ">", now)]

    @api.model
    def _put_off_quiet(self, company, mailings):
        now = fields.Datetime.now()
        if not mailings or not company._has_quiet_times():
            return
        due = SQL(
            """outbox.mailing_id = ANY(%s) AND outbox.state = 'planned' AND outbox.due_at <= %s
               AND outbox.tz IS NOT NULL""",
            mailings.ids,
            now,
        )
        self.env.flush_all()
        zones = self.env.execute_query(
            SQL("SELECT DISTINCT outbox.tz FROM crm_outbox AS outbox WHERE %s", due)
        )
        quiet = company._find_quiet_zones([tz for [tz] in zones], now)
        if not quiet:
            return
        # only rows that change are locked: the others are for the workers
        self._write_beside_workers(
            SQL(
                """
                WITH late AS (
                     SELECT outbox.id, zone.allowed_at
                       FROM crm_outbox AS outbox
                       JOIN unnest(%(zones)s::text[], %(moments)s::timestamp[])
                            AS zone(tz, allowed_at) ON zone.tz = outbox.tz
                      WHERE %(due)s
                        FOR UPDATE OF outbox SKIP LOCKED)
                UPDATE crm_outbox AS outbox SET due_at = late.allowed_at, reason = 'quiet'
                  FROM late
                 WHERE late.id = outbox.id
                """,
                due=due,
                zones=list(quiet),
                moments=list(quiet.values()),
            )
        )

    @api.model
    def _write_beside_workers(self, statement):
        """Write rows that workers take at the same time: at Odoo's REPEATABLE READ one of the two
        would fail.

        :return: how many
        """
        self.env.flush_all()
        with self._get_sending_cursor() as cr:
            cr.execute(statement)
            count = cr.rowcount
        self._forget_read()
        return count

    @api.model
    def _release_capped(self, company, mailings):
        """Plan those who have had few enough messages by now; leave out who waited too long."""
        now = fields.Datetime.now()
        held = self._get_capped_condition(mailings)
        since = now - timedelta(days=company.cap_days)
        got = timing.count_got(
            (SQL("placed.identity_key"), SQL("placed.partner_id")),
            SQL("placed.id"),
            (SQL("placed.model"), SQL("placed.res_id")),
            since,
        )
        # quiet hours are asked for again before it goes
        released = self._write_beside_workers(
            SQL(
                """
                UPDATE crm_outbox AS outbox
                   SET state = 'planned', reason = NULL, due_at = %(now)s
                  FROM (SELECT id, identity_key, partner_id, model, res_id,
                               row_number() OVER (
                                   PARTITION BY COALESCE(partner_id::text, identity_key)
                                   ORDER BY id) AS place
                          FROM crm_outbox AS outbox
                         WHERE %(held)s) AS placed
                 WHERE placed.id = outbox.id AND outbox.state = 'held'
                   AND (%(most)s = 0 OR placed.place + %(got)s <= %(most)s)
                """,
                now=now,
                held=held,
                most=company.cap_messages,
                got=got,
            )
        )
        given_up = self._write_beside_workers(
            self._make_leave_out(
                SQL(
                    """state = 'held' AND id IN (
                           SELECT outbox.id FROM crm_outbox AS outbox
                            WHERE %s AND outbox.create_date
                                         < %s::timestamp - %s * interval '1 day')""",
                    held,
                    now,
                    company.cap_patience,
                ),
                "cap",
            )
        )
        if released:
            self._wake_workers()
        if given_up:
            mailings._close_delivered()

    @api.model
    def _get_capped_condition(self, mailings):
        return SQL(
            "outbox.mailing_id = ANY(%s) AND outbox.state = 'held' AND outbox.reason = 'cap'",
            mailings.ids,
        )

    @api.model
    def _foresee_capped(self, company, mailings):
        """Say anew when those are free whom the limit holds; of very many only those whose moment
        has come: what the others got since then, they learn by then.
        """
        if not company.cap_messages:
            return
        condition = TRUE
        domain = [("mailing_id", "in", mailings.ids), ("state", "=", "held")]
        # sudo: how many they are, no more
        if self.sudo().search_count(domain, limit=MOST_FORESEEN + 1) > MOST_FORESEEN:
            condition = SQL("(outbox.due_at IS NULL OR outbox.due_at <= %s)", fields.Datetime.now())
        self._write_beside_workers(self._make_foresee(company, mailings, condition))

    @api.model
    def _make_foresee(self, company, mailings, condition=TRUE):
        """:return: statement that writes from when those whom the limit holds are free, as far as
        is known now
        """
        return SQL(
            """
            UPDATE crm_outbox AS outbox SET due_at = foreseen.at
              FROM (SELECT mine.id, %(free)s AS at
                      FROM (SELECT * FROM crm_outbox AS outbox WHERE %(held)s) AS mine) AS foreseen
             WHERE foreseen.id = outbox.id AND outbox.state = 'held'
               AND outbox.due_at IS DISTINCT FROM foreseen.at
            """,
            free=timing.make_free(
                company,
                fields.Datetime.now(),
                SQL("mine.mailing_id = ANY(%s)", mailings.filtered("keeps_quiet_hours").ids),
            ),
            held=SQL("%s AND %s", self._get_capped_condition(mailings), condition),
        )
