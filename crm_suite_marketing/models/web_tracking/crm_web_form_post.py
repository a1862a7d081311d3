from datetime import timedelta

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import email_normalize

from odoo.addons.crm_suite.models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE

from ..consent.crm_consent import REFUSALS

DAYS_KEPT = 400
DAYS_WAITING = 30
MOST_DELETED = 10_000
# Of a contact; a message is none
OF_CONTACT = ("name", "company_name", "function", "phone", "street", "zip", "city", "country_id")


class CrmWebFormPost(models.Model):
    """A form that somebody has sent, and what became of it. What he wrote is kept only until it is
    with his contact.

    Rows are written by the system.
    """

    _name = "crm.web.form.post"
    _description = "Form Post"
    _order = "date desc, id desc"
    _rec_name = "form_id"

    form_id = fields.Many2one(
        "crm.web.form", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="form_id.company_id", store=True, index=True)
    key = fields.Char(required=True, readonly=True, groups="base.group_system")
    address_hash = fields.Char(readonly=True, groups="base.group_system")
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [
            ("waiting", "Not Confirmed Yet"),
            ("done", "Taken Over"),
            ("robot", "Robot"),
        ],
        "Status",
        required=True,
        readonly=True,
    )
    is_new = fields.Boolean("New Contact", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", "Contact", readonly=True, ondelete="set null", index="btree_not_null"
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, ondelete="set null", index="btree_not_null"
    )
    visitor_id = fields.Many2one(
        "crm.web.visitor", readonly=True, ondelete="set null", index="btree_not_null"
    )
    request_id = fields.Many2one(
        "crm.consent.request", readonly=True, ondelete="set null", index="btree_not_null"
    )
    identity_key = fields.Char(readonly=True, groups="base.group_system")
    url = fields.Char("Page", readonly=True)
    lang = fields.Char(readonly=True, groups="base.group_system")
    content = fields.Json("What Was Sent", readonly=True, groups="base.group_system")

    _key_unique = models.UniqueIndex("(key)")
    _address_idx = models.Index("(form_id, address_hash, date)")
    _date_idx = models.Index("(form_id, date)")
    _identity_idx = models.Index("(identity_key) WHERE identity_key IS NOT NULL")
    _contact_idx = models.Index("(partner_id, date) WHERE partner_id IS NOT NULL")

    @api.model
    def _is_known(self, key):
        return bool(self.search_count([("key", "=", key)], limit=1))

    @api.model
    def _receive(self, form, values, who, ip_hash=False, visitor_facts=None, **kept):
        """Take what somebody has sent: at once, or once he has confirmed it.

        :param values: checked, by name of the field
        :param who: the contact, if the page was made for one
        :param visitor_facts: ``ip`` and ``user_agent``, for the ledger of consent
        :param kept: more values of the row
        """
        Consent = self.env["crm.consent"]
        address = values.get("email") or who.email
        identity = Consent._normalize(address, "email")
        post = self.create(
            {
                "form_id": form.id,
                "state": "waiting",
                "identity_key": Consent._hash(identity, "email"),
                "lang": self.env.lang,
                "content": {**values, "email": address},
                "partner_id": who.id,
                **kept,
            }
        )
        facts = {"lang": self.env.lang, "source": "form", **(visitor_facts or {})}
        if not form.double_opt_in:
            post._process()
            if form.purpose_id and values.get("consent"):
                post._grant(identity, address, ip_hash, facts)
            return post
        # sudo: requests are written by the system
        post.request_id = (
            self.env["crm.consent.request"]
            .sudo()
            ._ask(
                identity,
                form.purpose_id,
                ip_hash=ip_hash,
                company=form.company_id,
                address=address,
                reason=form.name,
                **facts,
            )
        )
        return post

    def _grant(self, identity, address, ip_hash, facts):
        """The person has ticked that he agrees. Anybody may have ticked it in his name: where the
        purpose wants it, or he has refused before, an e-mail asks him.
        """
        purpose = self.form_id.purpose_id
        Consent = self.env["crm.consent"]
        refused = Consent._get_refusals([identity], "email", purpose, use_domains=False)
        reason = self.form_id.name
        if purpose.is_double or refused.get(identity) in REFUSALS:
            # sudo: requests are written by the system
            self.env["crm.consent.request"].sudo()._ask(
                identity,
                purpose,
                ip_hash=ip_hash,
                company=self.company_id,
                address=address,
                reason=reason,
                **facts,
            )
        else:
            Consent._record([identity], "email", "granted", purpose, reason=reason, **facts)

    # ------------------------------------------------------------------
    # What becomes of it
    # ------------------------------------------------------------------

    def _process(self, is_confirmed=False):
        """Bring what was sent to the contact, and do what the form says.

        :param is_confirmed: the person has proved that the address is his
        """
        self.ensure_one()
        # The visitor has no rights and no user; what his request sets off is the system's work
        post = (
            self.with_user(SUPERUSER_ID)
            .with_company(self.company_id)
            .with_context(
                lang=self.lang or self.env.lang,
                crm_form_rules=KEEP_INCOMPLETE,
                mail_create_nosubscribe=True,
            )
        )
        form, values = post.form_id, post.content or {}
        partner = post._find_contact(values)
        if partner:
            post._update_contact(partner, values, is_confirmed)
        else:
            partner = post._create_contact(values)
        partner.category_id |= form.category_ids
        post._subscribe(values, is_confirmed)
        lead = post._create_lead(partner, values) if form.create_lead else post.lead_id
        post.write(
            {"state": "done", "content": False, "partner_id": partner.id, "lead_id": lead.id}
        )
        if partner.partner_share and post.visitor_id:
            post.visitor_id._identify(partner, "form")
        post._tell_ledger(partner)

    def _find_contact(self, values):
        if self.partner_id:
            return self.partner_id
        found = self.env["crm.lead"]._find_mail_contacts(values.get("email"), self.company_id)
        return found.with_env(self.env)[:1]

    def _get_contact_values(self, values):
        stated = {name: values[name] for name in OF_CONTACT if values.get(name)}
        if stated.get("country_id"):
            stated["country_id"] = int(stated["country_id"])
        return stated

    def _create_contact(self, values):
        self.is_new = True
        stated = self._get_contact_values(values)
        partner = self.env["res.partner"].create(
            {"name": values["email"], "email": values["email"], "lang": self.lang, **stated}
        )
        partner._message_log(body=self._describe(values, ("description",)))
        return partner

    def _update_contact(self, partner, values, is_confirmed):
        """Fill in what we do not know. What we know otherwise is changed only by who has proved
        that it is him; else it is noted, for somebody to look at. Colleagues are left alone.
        """
        stated = self._get_contact_values(values)
        changed, noted = {}, []
        for name, value in stated.items():
            known = partner[name].id if name == "country_id" else partner[name]
            # whoever has only an address is called by it
            if name == "name" and known == partner.email:
                known = False
            if known == value:
                continue
            if partner.partner_share and (not known or is_confirmed):
                changed[name] = value
            else:
                noted.append(name)
        if changed:
            partner.write(changed)
        if noted or values.get("description"):
            partner._message_log(body=self._describe(values, (*noted, "description")))

    def _describe(self, values, names):
        intro = self.env._("Sent with the form “%s”.", self.form_id.name)
        return Markup("<p>%s</p>%s") % (intro, self.form_id._get_summary(values, names))

    def _subscribe(self, values, is_confirmed):
        """Who has left a list comes back only if he has confirmed that it is him."""
        email = values["email"]
        Contact = self.env["mailing.contact"].with_context(active_test=False)
        contacts = Contact.search(
            [("email_normalized", "=", email_normalize(email, strict=False))], order="id", limit=20
        )
        for mailing_list in self.form_id.mailing_list_ids.filtered("active"):
            rows = self.env["mailing.subscription"].search(
                [("list_id", "=", mailing_list.id), ("contact_id", "in", contacts.ids)], limit=20
            )
            if rows:
                if is_confirmed:
                    rows.filtered("opt_out").opt_out = False
                continue
            if not contacts:
                contacts = Contact.create({"name": values.get("name") or email, "email": email})
            self.env["mailing.subscription"].create(
                {"list_id": mailing_list.id, "contact_id": contacts[0].id}
            )

    def _create_lead(self, partner, values):
        form = self.form_id
        team = form.team_id.filtered("active") or self.env["crm.team"]._get_default_team_id()
        # an answer to a mail would be added to it; a form is a new wish
        lead = self.env["crm.lead"].create(
            {
                "name": f"{form.name}: {values.get('name') or partner.name}",
                "type": "lead"
                if team.use_leads and self.env.user.has_group("crm.group_use_lead")
                else "opportunity",
                "partner_id": partner.id,
                "team_id": team.id,
                "user_id": form.user_id.id,
                "company_id": self.company_id.id,
                "description": form._get_summary(values),
            }
        )
        if not form.user_id:
            lead._assign_userless_lead_in_team(self.env._("public form"))
        return lead

    def _tell_ledger(self, partner):
        self.env["crm.engagement"]._record(
            [
                {
                    "event_key": f"web-form:{self.id}",
                    "kind": "form",
                    "ts": self.date,
                    "company_id": self.company_id.id,
                    "partner_id": partner.id,
                    "identity_key": self.identity_key,
                    "evidence": {
                        "form_id": self.form_id.id,
                        "form": self.form_id.name,
                        **({"url": self.url} if self.url else {}),
                    },
                }
            ]
        )

    @api.autovacuum
    def _gc_posts(self):
        now = fields.Datetime.now()
        old = self.search(
            [
                "|",
                ("date", "<", now - timedelta(days=DAYS_KEPT)),
                "&",
                ("state", "in", ("waiting", "robot")),
                ("date", "<", now - timedelta(days=DAYS_WAITING)),
            ],
            limit=MOST_DELETED,
        )
        count = len(old)
        old.unlink()
        return count, count == MOST_DELETED
