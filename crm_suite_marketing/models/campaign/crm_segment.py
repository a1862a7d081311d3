from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..consent.mailing_trace import MAIL_FAILURES, SMS_FAILURES

# Reason of the audience -> failure type of the trace
FAILURE_TYPES = {
    "mail": {
        "missing": "mail_email_missing",
        "blacklisted": "mail_bl",
        "duplicate": "mail_dup",
        "withdrawn": "mail_optout",
        **MAIL_FAILURES,
    },
    "sms": {
        "missing": "sms_number_missing",
        "blacklisted": "sms_blacklist",
        "duplicate": "sms_duplicate",
        "withdrawn": "sms_optout",
        **SMS_FAILURES,
    },
}


class CrmSegment(models.Model):
    _inherit = "crm.segment"

    mailing_ids = fields.One2many(
        "mailing.mailing",
        "segment_id",
        string="Mailings",
        groups="mass_mailing.group_mass_mailing_user",
    )
    mailing_count = fields.Integer(
        "Number of Mailings",
        compute="_compute_mailing_count",
        groups="mass_mailing.group_mass_mailing_user",
    )

    @api.depends("mailing_ids")
    def _compute_mailing_count(self):
        counts = dict(
            self.env["mailing.mailing"]._read_group(
                [("segment_id", "in", self.ids)], ["segment_id"], ["__count"]
            )
        )
        for segment in self:
            segment.mailing_count = counts.get(segment._origin, 0)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_addressed(self):
        # sudo: a mailing that the user may not see addresses the segment all the same
        addressed = self.sudo().filtered(lambda segment: segment.mailing_count)
        if addressed:
            raise UserError(
                self.env._(
                    "Mailings were written to %(segments)s. Archive it instead of deleting it, "
                    "so that their results stay.",
                    segments=", ".join(addressed.mapped("display_name")),
                )
            )

    def action_send_mailing(self):
        """Open a new mailing to this segment."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Mailing"),
            "res_model": "mailing.mailing",
            "view_mode": "form",
            "context": {"default_segment_id": self.id, "default_mailing_type": "mail"},
        }

    def action_view_mailings(self):
        """Open the mailings to this segment."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mass_mailing.mailing_mailing_action_mail"
        )
        return action | {
            "domain": [("segment_id", "=", self.id)],
            "name": self.env._("Mailings"),
            "display_name": self.env._("Mailings"),
            "context": {"default_segment_id": self.id, "default_mailing_type": "mail"},
        }

    def _may_be_addressed(self):
        """Whether the user may write to all members, and know how many they are."""
        self.ensure_one()
        if self.env.su:
            return True
        return self.has_access("read") and self._is_within(self.env.user.company_ids)

    def _is_within(self, companies):
        """Whether all members are contacts of these companies, or of none.

        A segment of a company has no others. Of one without company the members count, not the
        companies of the owner: it may well have contacts that are open to everybody only.
        """
        self.ensure_one()
        # sudo: only to compare companies
        if company := self.sudo().company_id:
            return company <= companies
        self.env["res.partner"].flush_model(["company_id"])
        self.env["crm.segment.member"].flush_model()
        [[has_others]] = self.env.execute_query(
            SQL(
                """SELECT EXISTS (
                       SELECT
                         FROM crm_segment_member member
                         JOIN res_partner partner ON partner.id = member.partner_id
                        WHERE member.segment_id = %s AND member.left_at IS NULL
                          AND partner.company_id != ALL(%s))""",
                self.id,
                companies.ids,
            )
        )
        return not has_others

    def _get_audience_sql(self, mailing_type="mail", use_exclusion_list=True, purpose=None):
        """Say of each current member whether it can be reached.

        :param str mailing_type: ``mail`` or ``sms``: which address counts.
        :param bool use_exclusion_list: leave out blacklisted addresses.
        :param purpose: ``crm.consent.purpose`` of what is sent, or none.
        :return: ``SQL`` that selects (partner_id, address, reason): reason is NULL for those who
            can be reached, else ``archived``, ``missing``, ``blacklisted``, ``duplicate``, or the
            reason of the gate (room ``consent/``).
            Of several members with one address the oldest contact is reached.
        """
        self.ensure_one()
        channel = "sms" if mailing_type == "sms" else "mail"
        address, blacklist, key = {
            "mail": ("email_normalized", "mail_blacklist", "email"),
            "sms": ("phone_sanitized", "phone_blacklist", "number"),
        }[channel]
        self.env["res.partner"].flush_model([address, "active"])
        self.env["crm.segment.member"].flush_model()
        self.env["mail.blacklist" if channel == "mail" else "phone.blacklist"].flush_model()
        return SQL(
            """
            SELECT partner.id AS partner_id,
                   partner.%(address)s AS address,
                   CASE WHEN NOT partner.active THEN 'archived'
                        WHEN COALESCE(partner.%(address)s, '') = '' THEN 'missing'
                        WHEN %(exclude)s AND blacklist.id IS NOT NULL THEN 'blacklisted'
                        WHEN refusal.reason IS NOT NULL THEN refusal.reason
                        WHEN row_number() OVER (
                                 PARTITION BY partner.active, partner.%(address)s
                                     ORDER BY partner.id
                             ) > 1 THEN 'duplicate'
                   END AS reason
              FROM crm_segment_member member
              JOIN res_partner partner ON partner.id = member.partner_id
         LEFT JOIN %(blacklist)s blacklist
                ON blacklist.%(key)s = partner.%(address)s AND blacklist.active
         LEFT JOIN (%(refusals)s) AS refusal ON refusal.address = partner.%(address)s
             WHERE member.segment_id = %(segment)s AND member.left_at IS NULL
            """,
            address=SQL.identifier(address),
            blacklist=SQL.identifier(blacklist),
            key=SQL.identifier(key),
            exclude=use_exclusion_list,
            refusals=self._get_member_refusals_sql(channel, address, purpose),
            segment=self.id,
        )

    def _get_member_refusals_sql(self, channel, address, purpose):
        """Return the query of (address, reason) of the members who must not be written to."""
        # sudo: whoever sends need not read what people said
        Consent = self.env["crm.consent"].sudo()
        consent_channel = "sms" if channel == "sms" else "email"
        addresses = SQL(
            """SELECT DISTINCT partner.%(address)s
                 FROM crm_segment_member member
                 JOIN res_partner partner ON partner.id = member.partner_id
                WHERE member.segment_id = %(segment)s AND member.left_at IS NULL
                  AND partner.%(address)s IS NOT NULL""",
            address=SQL.identifier(address),
            segment=self.id,
        )
        return Consent._get_refusals_sql(
            Consent._get_asked_sql(addresses, consent_channel),
            consent_channel,
            purpose,
            use_blacklist=False,
        )

    def _count_audience(self, mailing_type="mail", use_exclusion_list=True, purpose=None):
        """Count the current members by reason.

        :return: ``{reason: number}``; reason None: those who can be reached.
        """
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT reason, count(*) FROM (%s) AS audience GROUP BY reason",
                self._get_audience_sql(mailing_type, use_exclusion_list, purpose),
            )
        )
        return dict(rows)
