from odoo import api, fields, models
from odoo.tools import SQL

from ...lib import web_tracking as lib

# Of what somebody looked at before he was known, this much goes to his history
MOST_JOINED = 1000


class CrmWebVisitor(models.Model):
    """A browser whose owner has agreed to be known again on a site, and whom it belongs to once
    that is known. The random number that the browser holds is not kept, only what stands for it.

    Rows are written by the system.
    """

    _name = "crm.web.visitor"
    _description = "Website Visitor"
    _order = "last_seen desc, id desc"
    _log_access = False

    site_id = fields.Many2one("crm.web.site", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    key_hash = fields.Char(required=True, readonly=True, groups="base.group_system")
    partner_id = fields.Many2one(
        "res.partner", "Contact", readonly=True, ondelete="set null", index="btree_not_null"
    )
    identity_key = fields.Char(readonly=True, groups="base.group_system")
    identified_by = fields.Selection(
        [("link", "Link in a Message"), ("form", "Form")], "Known by", readonly=True
    )
    identified_at = fields.Datetime("Known since", readonly=True)
    token_hash = fields.Char(readonly=True, groups="base.group_system")
    conflict_at = fields.Datetime(
        "Link of Somebody Else",
        readonly=True,
        help="The last time that this browser followed a link that was sent to another contact, "
        "as in a forwarded mail. It stays with the contact it belongs to.",
    )
    consent_at = fields.Datetime("Agreed on", required=True, readonly=True)
    first_seen = fields.Datetime(required=True, readonly=True)
    last_seen = fields.Datetime(required=True, readonly=True)
    page_count = fields.Integer("Pages", readonly=True)
    utm_source = fields.Char("First Source", readonly=True)
    utm_medium = fields.Char("First Medium", readonly=True)
    utm_campaign = fields.Char("First Campaign", readonly=True)
    visit_ids = fields.One2many("crm.web.visit", "visitor_id", "Visits", readonly=True)

    _key_uniq = models.UniqueIndex("(site_id, key_hash)")
    _token_uniq = models.UniqueIndex("(token_hash) WHERE token_hash IS NOT NULL")
    _seen_idx = models.Index("(last_seen DESC, id DESC)")
    _strangers_idx = models.Index("(site_id, last_seen) WHERE partner_id IS NULL")
    _identity_idx = models.Index("(identity_key) WHERE identity_key IS NOT NULL")

    @api.depends("partner_id")
    def _compute_display_name(self):
        for visitor in self:
            visitor.display_name = visitor.partner_id.display_name or self.env._(
                "Visitor %s", visitor.id
            )

    @api.model
    def _meet(self, site, call):
        """Return the visitor who calls; who calls for the first time has just agreed."""
        now = fields.Datetime.now()
        marks = next(filter(None, (lib.get_marks(event.url) for event in call.events)), {})
        [[visitor_id]] = self.env.execute_query(
            SQL(
                """INSERT INTO crm_web_visitor AS known (
                          site_id, company_id, key_hash, consent_at, first_seen, last_seen,
                          page_count, utm_source, utm_medium, utm_campaign)
                   VALUES (%(site)s, %(company)s, %(key)s, %(now)s, %(now)s, %(now)s, 0,
                           %(source)s, %(medium)s, %(campaign)s)
                       ON CONFLICT (site_id, key_hash) DO UPDATE SET last_seen = excluded.last_seen
                RETURNING id""",
                site=site.id,
                company=site.company_id.id,
                key=site._hash("visitor", call.visitor),
                now=now,
                source=marks.get("utm_source"),
                medium=marks.get("utm_medium"),
                campaign=marks.get("utm_campaign"),
            )
        )
        visitor = self.browse(visitor_id)
        visitor.invalidate_recordset()
        return visitor

    @api.model
    def _find(self, site, key):
        """Return the visitor of a number that a browser holds; or none."""
        if not isinstance(key, str) or not lib.VISITOR.fullmatch(key):
            return self.browse()
        hashes = [one._hash("visitor", key) for one in site]
        return self.search([("site_id", "in", site.ids), ("key_hash", "in", hashes)], limit=1)

    @api.model
    def _forget(self, site, key):
        """The visitor takes his consent back: whom the browser belongs to, and where it was, is
        forgotten. What stands in the history of a contact was told with his consent, and stays.
        """
        self._find(site, key)._delete()

    def _delete(self):
        self.env.flush_all()
        # visits go with them
        self.env.cr.execute(SQL("DELETE FROM crm_web_visitor WHERE id = ANY(%s)", self.ids))
        self.env.invalidate_all()

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------

    def _identify_by_link(self, token):
        """Somebody has followed a link of a message in this browser. The link may have been
        forwarded: a browser that belongs to somebody already stays his.
        """
        self.ensure_one()
        delivery = self.env["crm.web.site"]._read_token(token)
        partner = delivery.partner_id
        if not partner or delivery.company_id != self.company_id or not partner.active:
            return
        if self.partner_id:
            if self.partner_id != partner:
                self._write_row(conflict_at=fields.Datetime.now())
            return
        token_hash = lib.hash_key(self.env["crm.consent"]._get_key(), "web-token", token)
        if self.search_count([("token_hash", "=", token_hash)], limit=1):
            # the address was passed on before the mark was out of it
            return
        self._write_row(token_hash=token_hash)
        self._identify(partner, "link")

    def _identify(self, partner, by):
        """This browser belongs to a contact, and so does what it looked at while nobody knew."""
        self.ensure_one()
        if self.partner_id == partner and self.identified_by == by:
            return
        Consent = self.env["crm.consent"]
        identity = Consent._normalize(partner.email, "email")
        self._write_row(
            partner_id=partner.id,
            identity_key=Consent._hash(identity, "email") if identity else None,
            identified_by=by,
            identified_at=fields.Datetime.now(),
        )
        rows = self.env.execute_query(
            SQL(
                """UPDATE crm_web_visit SET partner_id = %(partner)s
                    WHERE id IN (SELECT id FROM crm_web_visit
                                  WHERE visitor_id = %(visitor)s AND partner_id IS NULL
                               ORDER BY ts DESC LIMIT %(most)s)
                RETURNING id""",
                partner=partner.id,
                visitor=self.id,
                most=MOST_JOINED,
            )
        )
        visits = self.env["crm.web.visit"].browse(row[0] for row in rows)
        visits.invalidate_recordset()
        visits._tell_ledger(self)

    def _write_row(self, **values):
        self.env.cr.execute(
            SQL(
                "UPDATE crm_web_visitor SET %s WHERE id = %s",
                SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items()
                ),
                self.id,
            )
        )
        self.invalidate_recordset()
