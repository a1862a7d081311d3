from datetime import timedelta

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import is_html_empty

from odoo.addons.crm_suite.lib import lead_form

from ...lib import delivery_token
from ...lib import web_tracking as lib

# What a person's page is signed for; as long as the token of the page itself
WHO_SECONDS = 12 * 3600
# What our checks of lead forms call the same kind of text
CHECKED_AS = {
    "email": "email_from",
    "name": "contact_name",
    "company_name": "partner_name",
    "street": "subject",
    "zip": "reference",
}


class CrmWebForm(models.Model):
    """A page, or a frame in a page of ours, on which people tell who they are.

    Who is known by a link of a mail is asked what we do not know yet, a little at a time. Nobody is
    shown what we know, and a stranger cannot find out whether an address is known here.
    """

    _name = "crm.web.form"
    _description = "Website Form"
    _inherit = ["crm.public.form.mixin"]
    _order = "sequence, id"
    _form_path = "/crm_suite/form"
    _form_scope = "crm_suite_marketing.web_form"

    company_id = fields.Many2one(required=True, index=True)
    site_ids = fields.Many2many(
        "crm.web.site",
        string="Websites",
        domain="[('company_id', '=', company_id)]",
        help="That may show it in a frame. Empty: all of the company.",
    )
    allowed_origins = fields.Char(compute="_compute_allowed_origins")
    field_ids = fields.One2many("crm.web.form.field", "form_id", "Fields", copy=True)
    progressive_count = fields.Integer(
        "Questions at a Time",
        default=2,
        help="How many of the fields that are asked only once are on the page at a time.",
    )
    purpose_id = fields.Many2one(
        "crm.consent.purpose",
        index="btree_not_null",
        ondelete="set null",
        domain="[('on_email', '=', True), ('company_id', 'in', (False, company_id))]",
        help="People tick that they agree to it, in its words.",
    )
    double_opt_in = fields.Boolean(
        "Confirmed by E-mail",
        help="Nothing is done with what was sent until the person has confirmed it by the link of "
        "an e-mail. What he then tells counts more than what we knew.",
    )
    create_lead = fields.Boolean(help="Each time that the form is sent.")
    team_id = fields.Many2one(
        "crm.team", "Sales Team", check_company=True, index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
        domain="[('share', '=', False)]",
    )
    mailing_list_ids = fields.Many2many(
        "mailing.list",
        string="Add to Mailing Lists",
        help="Who has left a list comes back only by a confirmation.",
    )
    category_ids = fields.Many2many("res.partner.category", string="Add Tags")
    redirect_url = fields.Char(
        "Page After Sending",
        help="Address of a page of one of your sites. Empty: people read the thanks.",
    )
    post_count = fields.Integer("Times Sent", compute="_compute_post_count")

    _check_progressive_count = models.Constraint(
        "CHECK(progressive_count BETWEEN 0 AND 20)", "From 0 to 20 questions at a time."
    )

    @api.depends("site_ids.allowed_origins", "company_id")
    def _compute_allowed_origins(self):
        for form in self:
            form.allowed_origins = " ".join(form._get_sites()._get_origins())

    def _compute_url(self):
        res = super()._compute_url()
        for form in self:
            # by its second name the script of the site finds it
            form.embed_code = form.embed_code.replace(
                Markup(' data-crm-lead-form="1"'),
                Markup(' data-crm-lead-form="1" data-crm-suite-form="1"'),
            )
        return res

    def _compute_post_count(self):
        groups = self.env["crm.web.form.post"]._read_group(
            [("form_id", "in", self.ids), ("state", "!=", "robot")], ["form_id"], ["__count"]
        )
        counts = {form.id: count for form, count in groups}
        for form in self:
            form.post_count = counts.get(form.id, 0)

    def _check_allowed_origins(self):
        """They are those of the sites, which have been checked."""

    @api.constrains("field_ids")
    def _check_field_ids(self):
        for form in self:
            address = form.field_ids.filtered(lambda field: field.name == "email")
            if not address or not address.required:
                raise ValidationError(
                    self.env._("A form asks for the e-mail, and needs it: people are known by it.")
                )

    @api.constrains("double_opt_in", "purpose_id")
    def _check_double_opt_in(self):
        for form in self:
            if form.double_opt_in and not form.purpose_id:
                raise ValidationError(
                    self.env._("Choose the purpose that people confirm by e-mail.")
                )

    @api.constrains("redirect_url", "site_ids", "company_id")
    def _check_redirect_url(self):
        for form in self:
            if form.redirect_url and not form._get_page_after():
                raise ValidationError(
                    self.env._(
                        "“%s” is no page of these sites. Write its whole address, as "
                        "https://www.example.com/thanks.",
                        form.redirect_url,
                    )
                )

    def action_view_posts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_web_form_post_action"
        )
        return action | {"domain": [("form_id", "=", self.id)]}

    def _get_sites(self):
        """Return the sites that may show the form."""
        self.ensure_one()
        # sudo: only their addresses are used, which visitors see anyway
        sites = self.sudo().site_ids.filtered("active")
        return sites or sites.search([("company_id", "=", self.company_id.id)], limit=200)

    def _get_page_after(self):
        """Return the page that people see after sending; only one of our sites."""
        try:
            page = lead_form.parse_page(self.redirect_url) if self.redirect_url else None
        except ValueError:
            return None
        origins = [*self._get_sites()._get_origins(), lib.get_origin(self.get_base_url())]
        return page if page and lib.is_allowed(lib.get_origin(page.url), origins) else None

    def _get_thanks(self):
        self.ensure_one()
        if self.double_opt_in and is_html_empty(self.thank_you):
            return Markup("<p>%s</p>") % self.env._(
                "Thank you. Please open the e-mail that we have sent to you, and confirm."
            )
        return super()._get_thanks()

    # ------------------------------------------------------------------
    # Who it is
    # ------------------------------------------------------------------

    def _recognize(self, token, visitor_key):
        """Return the contact whom a link of a mail has led here, or whose browser has agreed to be
        known after one did; or none. Who only typed an address is not known by it.
        """
        self.ensure_one()
        partner = self.env["res.partner"]
        delivery = self.env["crm.web.site"]._read_token(token)
        if delivery and delivery.company_id == self.company_id:
            partner = delivery.partner_id
        else:
            visitor = self._find_visitor(visitor_key)
            if visitor.identified_by == "link":
                partner = visitor.partner_id
        return partner.filtered(lambda one: one.active and one.email and one.partner_share)

    def _find_visitor(self, key):
        return self.env["crm.web.visitor"]._find(self._get_sites(), key)

    def _sign_who(self, partner):
        expires = lib.count_seconds(fields.Datetime.now()) + WHO_SECONDS
        return delivery_token.make_token(
            self.env["crm.consent"]._get_key(), "web-form", self.id, partner.id, expires
        )

    def _read_who(self, token):
        """Return the contact whom the page that comes back was made for; or none."""
        partner = self.env["res.partner"]
        numbers = delivery_token.read_token(self.env["crm.consent"]._get_key(), "web-form", token)
        now = lib.count_seconds(fields.Datetime.now())
        if not numbers or len(numbers) != 3 or numbers[0] != self.id or numbers[2] < now:
            return partner
        found = partner.browse(numbers[1]).exists()
        return found.filtered(lambda one: one.active and one.email and one.partner_share)

    # ------------------------------------------------------------------
    # What is asked
    # ------------------------------------------------------------------

    def _get_shown_fields(self, who):
        """Return the fields as the page shows them, in the language of the environment.

        :param who: the contact, if he is known: he is not asked what we know
        """
        self.ensure_one()
        names = self.env["crm.web.form.field"]._fields["name"]
        labels = dict(names._description_selection(self.env))
        shown, asked = [], 0
        for field in self.field_ids:
            if field.name == "email" and who:
                continue
            if field.progressive:
                is_known = field.name in who._fields and bool(who and who[field.name])
                if is_known or asked >= self.progressive_count:
                    continue
                asked += 1
            options = []
            if field.name == "country_id":
                options = [(str(c.id), c.name) for c in self.env["res.country"].search([])]
                options.sort(key=lambda option: option[1])
            checked = CHECKED_AS.get(field.name, field.name)
            shown.append(
                {
                    "name": field.name,
                    "label": field.label or labels[field.name],
                    "required": field.required,
                    "options": options,
                    "limit": lead_form.LIMITS.get(checked, 100),
                }
            )
        if self.purpose_id:
            shown.append(
                {
                    "name": "consent",
                    "label": self.purpose_id.text,
                    "required": self.double_opt_in,
                    "options": [],
                    "limit": 1,
                }
            )
        return shown

    def _get_submit_values(self, shown, sent):
        """Check what was sent.

        :return: values by field name, error codes by field name
        """
        values, errors = {}, {}
        for field in shown:
            name, required = field["name"], field["required"]
            if name == "consent":
                values[name] = bool(sent.get(name))
                error = "required" if required and not values[name] else None
            elif field["options"]:
                value = lead_form.clean(name, sent.get(name))
                is_known = value in dict(field["options"])
                values[name] = value if is_known else ""
                error = "choice" if value and not is_known else None
                error = error or ("required" if required and not value else None)
            else:
                checked = CHECKED_AS.get(name, name)
                values[name] = lead_form.clean(checked, sent.get(name))
                error = lead_form.find_error(checked, values[name], required)
                values[name] = values[name][: 2 * field["limit"]]
            if name == "email" and not error:
                identity = self.env["crm.consent"]._normalize(values[name], "email")
                error = None if identity else "email"
            if error:
                errors[name] = error
        return values, errors

    def _is_flooded(self, address_hash):
        """Return whether this visitor, or all of them, have sent enough for an hour."""
        hour = fields.Datetime.now() - timedelta(hours=1)
        recent = [("form_id", "=", self.id), ("date", ">", hour)]
        posts = self.env["crm.web.form.post"]
        own = posts.search_count(
            [*recent, ("address_hash", "=", address_hash)], limit=self.address_limit
        )
        if own >= self.address_limit:
            return True
        return posts.search_count(recent, limit=self.hour_limit) >= self.hour_limit

    def _get_summary(self, values, names=None):
        """Return what was sent as HTML.

        :param names: of fields; None: all
        """
        fields_of_page = self.env["crm.web.form.field"]._fields["name"]
        labels = dict(fields_of_page._description_selection(self.env))
        labels.update({field.name: field.label for field in self.field_ids if field.label})
        rows = []
        for name, value in values.items():
            if not value or name not in labels or (names is not None and name not in names):
                continue
            if name == "country_id":
                value = self.env["res.country"].browse(int(value)).name
            text = Markup("<br/>").join(escape(value).split("\n"))
            rows.append(Markup("<b>%s</b>: %s") % (labels[name], text))
        return Markup("<p>%s</p>") % Markup("<br/>").join(rows) if rows else Markup("")
