from psycopg2.errors import QueryCanceled

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, email_normalize

from odoo.addons.crm_suite.models.mixins.filter_guard import (
    DATABASE_ERRORS,
    FILTER_ERRORS,
    limit_statements,
)

from ...lib import consent as lib
from ..consent import refusals
from ..consent.crm_consent import KINDS
from ..outbox.reasons import FAILURES, SMS_FAILURES
from . import audience

# A domain is anybody's: whose takes longer is for a person to mend
MOST_SECONDS = 60
# Where a filter of contacts of mailing lists names lists
LIST_PATHS = ("list_ids", "list_ids.id", "subscription_ids.list_id")
# Type of the mailing -> the preferred channel of contacts that it suits
SUITS = {"mail": "email", "sms": "sms", "webhook": "whatsapp", "activity": "phone"}


class MailingMailing(models.Model):
    """Whom a mailing reaches, fixed at one moment by a few statements, however many they are."""

    # each room extends a core model by itself
    _inherit = "mailing.mailing"  # pylint: disable=consider-merging-classes-inherited

    keeps_preference = fields.Boolean(
        "Follow the Preferred Channel",
        help="Contacts who like to be reached in another way are left out: by text message, "
        "telephone, WhatsApp and so on, as their contact says. A webhook counts as WhatsApp. "
        "Whoever has no preference gets it.",
    )

    def _get_delivery_group(self):
        """Return what an address gets one message of: the versions of a test, else the mailing."""
        self.ensure_one()
        is_test = self.ab_testing_enabled and self.campaign_id
        return f"c{self.campaign_id.id}" if is_test else f"m{self.id}"

    def _get_bucket_range(self):
        """Return the buckets (from, below) of 10,000 that this mailing goes to; None: everybody."""

    def _get_holdout_range(self):
        """Return the buckets (from, below) of 10,000 that get nothing, for comparison; or None."""

    def _freeze_audience(self, res_ids=None):
        """Write a row for each record that is meant and has none yet.

        :return: how many of them get a message
        """
        self._stage_audience(res_ids)
        return self._write_audience(audience.INSERT)

    def _write_audience(self, statement):
        """:return: how many messages were planned"""
        self.ensure_one()
        by_phone = self._get_consent_channel() == "sms"
        failures = FAILURES | (SMS_FAILURES if by_phone else {})
        [(planned, _all)] = self.env.execute_query(
            SQL(
                statement,
                table=audience.TABLE,
                now=fields.Datetime.now(),
                uid=self.env.uid,
                company=self._get_delivery_company().id,
                mailing=self.id,
                campaign=self.campaign_id.id or None,
                model=self.mailing_model_real,
                channel=self.mailing_type,
                column=SQL.identifier("sms_number" if by_phone else "email"),
                formatted=SQL("audience.address") if by_phone else audience.FORMATTED,
                group=self._get_delivery_group(),
                server=self.mail_server_id.id or None,
                reasons=list(failures),
                failures=list(failures.values()),
            )
        )
        self.env["crm.outbox"].invalidate_model()
        self.env["mailing.trace"].invalidate_model()
        self.invalidate_recordset()
        return planned

    def _stage_audience(self, res_ids=None, again=False):
        """Put whom this mailing means into the temporary table, each with the reason why not.

        :param res_ids: only these of the records
        :param again: also those who got nothing though they were meant
        :raise UserError: when the recipients cannot be determined
        """
        self.ensure_one()
        self.env.flush_all()
        self._run(
            SQL("DROP TABLE IF EXISTS pg_temp.%s", audience.TABLE),
            SQL(audience.CREATE, audience.TABLE),
        )
        self._stage_targets(res_ids)
        self._stage_addresses()
        self._stage_ranges()
        self._stage_known(again)
        if not self.segment_id:  # the audience of a segment has asked the gate
            self._stage_refusals()
        if self.keeps_preference:
            self._stage_preferences()
        self._stage_duplicates()
        self._stage_timing()

    def _stage_duplicates(self):
        self._run(SQL(audience.DUPLICATES, table=audience.TABLE, group=self._get_delivery_group()))

    def _run(self, *statements):
        for statement in statements:
            self.env.cr.execute(statement)

    # ------------------------------------------------------------------
    # Who is meant
    # ------------------------------------------------------------------

    def _get_delivery_user(self):
        # sudo: the rights of the responsible count, whoever may read his user
        mailing = self.sudo()
        return mailing.user_id or mailing.write_uid or self.env.user

    def _get_delivery_company(self):
        """Return the company whose quiet hours, time zone and limits count."""
        return self._get_delivery_user().company_id

    def _stage_targets(self, res_ids):
        """Put whom it means into the temporary table.

        :raise UserError: when the domain cannot be evaluated, or not in time
        """
        try:
            with limit_statements(self.env.cr, MOST_SECONDS):
                source = self._get_audience_source(res_ids)
                self._run(
                    SQL("INSERT INTO %s (%s) %s", audience.TABLE, audience.COLUMNS, source),
                )
        except QueryCanceled as error:
            raise UserError(
                self.env._(
                    "It takes too long to find the recipients of “%s”. Use a simpler filter.",
                    self.subject,
                )
            ) from error
        except UserError:
            raise
        except (*FILTER_ERRORS, *DATABASE_ERRORS) as error:
            raise UserError(
                self.env._(
                    "The recipients of “%(mailing)s” cannot be determined: %(error)s",
                    mailing=self.subject,
                    error=error,
                )
            ) from error

    def _get_audience_source(self, res_ids):
        if self.segment_id:
            source = SQL(
                audience.OF_SEGMENT,
                self.segment_id._origin._get_audience_sql(*self._get_audience_arguments()),
            )
        else:
            Model = self.env[self.mailing_model_real]
            by_phone = self._get_consent_channel() == "sms"
            source = audience.make_source(Model, self._get_targets(Model), by_phone)
        return self._restrict_source(source, res_ids)

    def _restrict_source(self, source, res_ids):
        if not res_ids:
            return source
        ids = [res_id for res_id in res_ids if isinstance(res_id, int)]
        return SQL(
            "SELECT * FROM (%s) AS source(%s) WHERE res_id = ANY(%s)", source, audience.COLUMNS, ids
        )

    def _get_targets(self, Model):
        """Return the query of the ids of the records, with the rights of who is responsible and of
        who launches: nobody writes by another's name to whom he may not see.
        """
        users = self._get_delivery_user()
        # sudo: only to know whose rights count
        users |= self.sudo().launched_by_id if self.env.su else self.env.user
        domain = self._get_recipients_domain()
        queries = []
        for user in users:
            # the companies of the user, not those that somebody has ticked
            env = self.env(user=user.id, su=False, context={})
            # sudo: everybody may read his own language and time zone
            env = env(context=dict(env["res.users"].sudo().browse(user.id).context_get()))
            queries.append(env[Model._name]._search(domain).subselect())
        conditions = (SQL("id IN %s", query) for query in queries)
        return SQL(
            "SELECT id FROM %s WHERE %s",
            SQL.identifier(Model._table),
            SQL(" AND ").join(conditions),
        )

    # ------------------------------------------------------------------
    # Where, and why not
    # ------------------------------------------------------------------

    def _stage_addresses(self):
        """Give each record the address as the ledger of consent knows it, and its key."""
        # sudo: the key is nobody's to read
        Consent = self.env["crm.consent"].sudo()
        raw = self.env.execute_query(
            SQL("SELECT DISTINCT raw FROM %s WHERE raw IS NOT NULL", audience.TABLE)
        )
        channel = self._get_consent_channel()
        known = {
            one: Consent._normalize(one, channel)
            if channel == "sms"
            else email_normalize(one, strict=False)
            for [one] in raw
        }
        found = {one: address for one, address in known.items() if address}
        if found:
            self._run(
                SQL(
                    """UPDATE %s AS audience SET address = known.address
                         FROM unnest(%s::text[], %s::text[]) AS known(raw, address)
                        WHERE known.raw = audience.raw""",
                    audience.TABLE,
                    list(found),
                    list(found.values()),
                )
            )
        self._run(
            SQL(
                audience.IDENTIFY,
                table=audience.TABLE,
                salt=lib.salt(Consent._get_key(), KINDS[channel]),
                odd=refusals.ODD,
            )
        )
        addresses = SQL("SELECT DISTINCT address FROM %s WHERE address IS NOT NULL", audience.TABLE)
        odd = self.env.execute_query(refusals.make_odd_query(addresses))
        identities = {address: Consent._normalize(address, channel) for [address] in odd}
        identities = {address: one for address, one in identities.items() if one}
        if identities:
            self._run(
                SQL(
                    audience.IDENTIFY_ODD,
                    table=audience.TABLE,
                    addresses=list(identities),
                    identities=list(identities.values()),
                    keys=[Consent._hash(one, channel) for one in identities.values()],
                )
            )
        self._run(
            SQL(
                "UPDATE %s SET reason = 'missing' WHERE identity IS NULL AND reason IS NULL",
                audience.TABLE,
            ),
            SQL("ANALYZE %s", audience.TABLE),
        )

    def _stage_ranges(self):
        seed = f"c{self.campaign_id.id}" if self.campaign_id else self._get_delivery_group()
        bucket = SQL(audience.BUCKET, seed)
        holdout, chosen = self._get_holdout_range(), self._get_bucket_range()
        if holdout:
            self._run(
                SQL(
                    """UPDATE %s SET reason = 'holdout'
                        WHERE reason IS NULL AND %s >= %s AND %s < %s""",
                    audience.TABLE,
                    *(bucket, holdout[0], bucket, holdout[1]),
                )
            )
        if chosen:
            self._run(
                SQL(
                    """DELETE FROM %s
                        WHERE NOT (%s >= %s AND %s < %s) AND reason IS DISTINCT FROM 'holdout'""",
                    audience.TABLE,
                    *(bucket, chosen[0], bucket, chosen[1]),
                )
            )

    def _stage_preferences(self):
        """Leave out whoever likes to be reached in another way."""
        self._run(
            SQL(
                """UPDATE %s AS audience SET reason = 'channel'
                     FROM res_partner AS partner
                    WHERE partner.id = audience.partner_id
                      AND partner.preferred_channel != %s
                      AND COALESCE(audience.reason, 'holdout') = 'holdout'""",
                audience.TABLE,
                SUITS[self.mailing_type],
            )
        )

    def _stage_known(self, again):
        """Leave out whom the mailing has a row for already; or find the rows of those who got
        nothing.
        """
        same = SQL(
            """outbox.mailing_id = %s AND outbox.model = %s AND outbox.res_id = audience.res_id""",
            self.id,
            self.mailing_model_real,
        )
        if again:
            self._run(
                SQL(
                    """UPDATE %s AS audience SET outbox_id = outbox.id
                         FROM crm_outbox AS outbox
                        WHERE %s AND outbox.state IN ('failed', 'suppressed')""",
                    audience.TABLE,
                    same,
                )
            )
        self._run(
            SQL(
                """DELETE FROM %s AS audience USING crm_outbox AS outbox
                    WHERE %s AND audience.outbox_id IS NULL""",
                audience.TABLE,
                same,
            )
        )

    def _is_to_list_contacts(self):
        """Whether it goes to contacts of mailing lists by a filter, not by a list."""
        return self.mailing_model_real == "mailing.contact" and not self.mailing_on_mailing_list

    def _get_meant_lists(self):
        """Return the mailing lists that it is for: who left them gets nothing. None: for none."""
        if self.mailing_on_mailing_list:
            return self.contact_list_ids
        if not self._is_to_list_contacts():
            return None
        named = set()
        for condition in self._get_recipients_domain().iter_conditions():
            if condition.field_expr in LIST_PATHS and condition.operator in ("in", "="):
                value = condition.value
                values = [value] if isinstance(value, int) else value
                if not isinstance(values, str):
                    named |= {one for one in values if isinstance(one, int)}
        return self.env["mailing.list"].browse(named).exists() or None

    def _stage_refusals(self):
        """Ask the gate of consent, the blacklist and the mailing lists."""
        # whom we may not write to is not held out: the hold-out group is like those who get it
        open_ = SQL("COALESCE(audience.reason, 'holdout') = 'holdout'")
        # sudo: whoever sends need not read what people said; he learns the reason
        Consent = self.env["crm.consent"].sudo()
        asked = SQL(
            """SELECT DISTINCT address, identity_key AS key, domain FROM %s AS audience
                WHERE %s""",
            audience.TABLE,
            open_,
        )
        found = Consent._get_refusals_sql(
            asked,
            self._get_consent_channel(),
            # sudo: the purpose of a mailing counts, whoever may read it
            self.sudo().purpose_id,
            mailing_lists=self._get_meant_lists(),
            use_blacklist=self.use_exclusion_list,
        )
        self._run(
            SQL(
                """UPDATE %s AS audience SET reason = refusal.reason
                     FROM (%s) AS refusal(address, reason)
                    WHERE refusal.address = audience.address AND %s""",
                audience.TABLE,
                found,
                open_,
            )
        )
        self._stage_leavers(open_)

    def _stage_leavers(self, open_):
        """Leave out who has left by core's own ways.

        :param open_: ``SQL`` of those that are not left out yet
        """
        if self._get_consent_channel() == "sms":
            if not self.mailing_on_mailing_list:
                left = list(self._get_opt_out_list_sms())
                self._run(
                    SQL(
                        "UPDATE %s AS audience SET reason = 'list' WHERE %s AND res_id = ANY(%s)",
                        audience.TABLE,
                        open_,
                        left,
                    )
                )
            return
        if self._is_to_list_contacts():
            self._run(
                SQL(
                    "UPDATE %s AS audience SET reason = 'list' WHERE %s AND res_id IN (%s)",
                    audience.TABLE,
                    open_,
                    audience.LEFT_ALL_LISTS,
                )
            )
        Model = self.env[self.mailing_model_name]
        if not self.mailing_on_mailing_list and hasattr(Model, "_mailing_get_opt_out_list"):
            self._run(
                SQL(
                    "UPDATE %s AS audience SET reason = 'list' WHERE %s AND address = ANY(%s)",
                    audience.TABLE,
                    open_,
                    list(Model._mailing_get_opt_out_list(self)),
                )
            )
