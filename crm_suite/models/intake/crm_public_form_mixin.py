import secrets
import time

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import hmac, is_html_empty

from ...lib import lead_form


class CrmPublicFormMixin(models.AbstractModel):
    """A page with a form for strangers, to be linked to or embedded in any web site.

    Visitors never touch the model: a controller (`controllers/public_form.py`) reads it for them.
    """

    _name = "crm.public.form.mixin"
    _description = "Public Form"
    _inherit = ["mail.thread"]
    # First part of the path of the pages
    _form_path = None
    # Part of what tokens are signed with: those of one model are worth nothing in another
    _form_scope = None

    name = fields.Char(required=True, tracking=True, help="For colleagues; visitors do not see it.")
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    slug = fields.Char(
        string="Address",
        required=True,
        copy=False,
        tracking=True,
        default=lambda self: secrets.token_hex(5),
        help="Last part of the address of the page: small letters, digits and hyphens.",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    title = fields.Char(required=True, translate=True, help="Heading of the page.")
    intro = fields.Html(string="Introduction", translate=True, sanitize_attributes=True)
    submit_label = fields.Char(string="Button", translate=True)
    thank_you = fields.Html(string="Thanks", translate=True)
    lang_ids = fields.Many2many(
        "res.lang",
        string="Languages",
        help="The page is shown in the first of these that the visitor's browser asks for, "
        "otherwise in the first one. Empty: all languages that are installed.",
    )
    allowed_origins = fields.Char(
        string="Sites That May Embed It",
        help="For instance https://www.example.com https://shop.example.com. Empty: any site.",
    )
    address_limit = fields.Integer(
        string="Per Visitor and Hour",
        default=10,
        help="How many times one internet address may send this form in an hour. Colleagues behind "
        "one connection share it.",
    )
    hour_limit = fields.Integer(
        string="Per Hour",
        default=500,
        help="How many times this form may be sent in an hour by all visitors together.",
    )
    url = fields.Char(string="Link", compute="_compute_url")
    embed_code = fields.Text(
        compute="_compute_url", help="Paste this where the form shall appear on your page."
    )

    _slug_unique = models.UniqueIndex("(slug)", "Another form has this address.")
    _check_limits = models.Constraint(
        "CHECK(address_limit > 0 AND hour_limit > 0)", "The limits must be greater than zero."
    )

    @api.constrains("slug")
    def _check_slug(self):
        for form in self:
            if not lead_form.SLUG.fullmatch(form.slug or ""):
                raise ValidationError(
                    self.env._(
                        "The address “%s” may hold small letters, digits and hyphens only, at "
                        "most 64.",
                        form.slug,
                    )
                )

    @api.constrains("allowed_origins")
    def _check_allowed_origins(self):
        for form in self:
            try:
                lead_form.parse_origins(form.allowed_origins)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%s” is no site. Write it as https://www.example.com, without a page.",
                        str(error),
                    )
                ) from error

    @api.depends("slug")
    def _compute_url(self):
        for form in self:
            base = form.get_base_url()
            form.url = f"{base}{form._get_path()}"
            form.embed_code = Markup(
                '<iframe src="{url}" title="{title}" data-crm-lead-form="1"'
                ' style="width:100%;min-height:640px;border:0"></iframe>\n'
                '<script async src="{base}/crm_suite/static/lead_form/embed.js"></script>'
            ).format(url=form.url, title=form.title or "", base=base)

    def copy_data(self, default=None):
        return [
            {**data, "name": self.env._("%s (copy)", form.name)}
            for form, data in zip(self, super().copy_data(default), strict=True)
        ]

    def action_preview(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"{self.url}?preview=1", "target": "new"}

    def _get_path(self):
        return f"{self._form_path}/{self.slug}"

    @api.model
    def _get_secret(self):
        # sudo: the secret of the database signs; nobody sees it
        return hmac(self.env(su=True), self._form_scope, "key")

    def _make_token(self, answered=None):
        """Return the token of a page.

        :param answered: the token that came back, for a page that is shown again: it belongs to
            the same visit, and its visitor need not take his time once more
        """
        key = answered.key if answered else secrets.token_hex(16)
        issued = int(time.time()) - (lead_form.FASTEST_SECONDS if answered else 0)
        token = lead_form.Token(self.id, issued, key)
        return lead_form.sign(self._get_secret(), token)

    def _read_token(self, text):
        return lead_form.read_token(self._get_secret(), text, self.id, int(time.time()))

    def _hash_address(self, address):
        return lead_form.hash_address(self._get_secret(), self.id, address or "")

    def _get_error_texts(self):
        """Return what visitors read when something is wrong, by the code of the error."""
        return {
            "required": self.env._("Please fill in this field."),
            "long": self.env._("This is too long."),
            "email": self.env._("This is no e-mail address. Example: name@example.com"),
            "phone": self.env._("This is no phone number. Example: +966 55 555 0102"),
            "choice": self.env._("Please choose from the list."),
            "errors": self.env._("Something is missing or wrong. Nothing has been sent yet."),
            "invalid": self.env._("The page could not be checked. Please send it once more."),
            "expired": self.env._("The page was open for a long time. Please send it once more."),
            "fast": self.env._(
                "That was very fast. Please check what you entered and send it once more."
            ),
            "flood": self.env._(
                "This form was sent many times in a short while. Please try again in an hour; what "
                "you entered is kept on this page."
            ),
            "files": self.env._("Files cannot be sent with this form."),
            "failed": self.env._(
                "We could not receive this at the moment. Please try again later."
            ),
        }

    def _get_thanks(self):
        self.ensure_one()
        if is_html_empty(self.thank_you):
            return Markup("<p>%s</p>") % self.env._(
                "Thank you. We have received your request and will answer soon."
            )
        return self.thank_you
