from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ...lib import consent as lib

# Each opens one door. The address of one click leads on to the preferences, in the place of
# programs that open it instead of posting to it; no other leads anywhere else
SCOPES = ("preferences", "one_click", "view")
# Who finds an old mail may still unsubscribe by it; the law asks for 30 to 60 days
KEEP_MONTHS = 24
MOST_DELETED = 10_000


class CrmConsentLink(models.Model):
    """The links of one mail to one person. Their addresses say nothing about him: whoever holds one
    has got the mail.

    Written with the mail, before it goes. Nobody reads these rows but the system.
    """

    _name = "crm.consent.link"
    _description = "Link of a Mail"

    nonce = fields.Char(
        required=True, readonly=True, default=lambda self: lib.new_nonce(), copy=False
    )
    identity = fields.Char(required=True, readonly=True)
    identity_key = fields.Char(required=True, readonly=True)
    address = fields.Char(
        readonly=True, help="As Odoo writes it, whose mailing lists know it by that writing only."
    )
    mailing_id = fields.Many2one(
        "mailing.mailing", readonly=True, ondelete="set null", index="btree_not_null"
    )
    res_id = fields.Integer(readonly=True)

    _nonce_uniq = models.UniqueIndex("(nonce)")
    _person_idx = models.Index("(identity_key, mailing_id)")
    _date_idx = models.Index("(create_date)")

    @api.model
    def _find_or_make(self, identities, mailing, res_ids=None, addresses=None):
        """Return the links of these people, ``{identity: link}``.

        :param res_ids: ``{identity: number of the record that the mailing writes to}``
        :param addresses: ``{identity: address as core writes it}``, where that is known
        """
        Consent = self.env["crm.consent"]
        keys = {Consent._hash(identity, "email"): identity for identity in identities}
        found = self.search(
            [("identity_key", "in", list(keys)), ("mailing_id", "=", mailing.id)], order="id"
        )
        links = {link.identity: link for link in found}
        missing = {key: one for key, one in keys.items() if one not in links}
        made = self.create(
            [
                {
                    "identity": identity,
                    "identity_key": key,
                    "address": (addresses or {}).get(identity) or identity,
                    "mailing_id": mailing.id,
                    "res_id": (res_ids or {}).get(identity, 0),
                }
                for key, identity in missing.items()
            ]
        )
        return links | {link.identity: link for link in made}

    @api.model
    def _find(self, token, scope):
        """Return the link of a token of this scope, or none."""
        nonce = lib.read_token(self.env["crm.consent"]._get_key(), scope, token)
        return self.search([("nonce", "=", nonce)], limit=1) if nonce else self.browse()

    def _get_path(self, scope):
        self.ensure_one()
        token = lib.make_token(self.env["crm.consent"]._get_key(), scope, self.nonce)
        return {
            "preferences": f"/consent/{token}",
            "one_click": f"/consent/{token}/one-click",
            "view": f"/consent/{token}/view",
        }[scope]

    @api.autovacuum
    def _gc_old(self):
        limit = fields.Datetime.now() - relativedelta(months=KEEP_MONTHS)
        old = self.search([("create_date", "<", limit)], limit=MOST_DELETED)
        count = len(old)
        old.unlink()
        return count, count == MOST_DELETED
