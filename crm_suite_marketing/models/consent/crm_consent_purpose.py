from odoo import api, fields, models
from odoo.exceptions import ValidationError

CHANNELS = [("email", "E-mail"), ("sms", "SMS")]


class CrmConsentPurpose(models.Model):
    """What people are written to for, and what they were told about it."""

    _name = "crm.consent.purpose"
    _description = "Purpose of Consent"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    text = fields.Text(
        "Text Shown to People",
        required=True,
        translate=True,
        tracking=True,
        help="What people agree to. The ledger keeps it word by word with each answer, so that a "
        "later change of the text changes nothing that was said before.",
    )
    legal_basis = fields.Selection(
        [
            ("consent", "Consent"),
            ("contract", "Contract"),
            ("interest", "Legitimate interest"),
            ("law", "Legal duty"),
        ],
        required=True,
        default="consent",
        tracking=True,
    )
    on_email = fields.Boolean(
        "By E-mail",
        default=True,
        tracking=True,
        help="What people say here also decides whether a mailing may go to them by a webhook "
        "(WhatsApp, networks).",
    )
    on_sms = fields.Boolean(
        "By SMS",
        tracking=True,
        help="What people say here also decides whether they may be called for a mailing: both "
        "are about their telephone number.",
    )
    needs_opt_in = fields.Boolean(
        "Only Whoever Agreed",
        default=True,
        tracking=True,
        help="Otherwise it is enough that the person has not refused.",
    )
    is_double = fields.Boolean(
        "Confirmed by E-mail",
        default=True,
        tracking=True,
        help="An agreement counts once the person has confirmed it by the link of an e-mail.",
    )
    is_public = fields.Boolean(
        "On the Public Page",
        default=True,
        tracking=True,
        help="People find it on the page for subscribing and among their preferences.",
    )
    company_id = fields.Many2one("res.company", index=True, help="Empty: all companies.")
    consent_count = fields.Integer(
        "Agreed",
        compute="_compute_consent_count",
        groups="mass_mailing.group_mass_mailing_user",
    )

    _check_channel = models.Constraint(
        "CHECK(on_email OR on_sms)", "Choose at least one channel for the purpose."
    )

    @api.depends_context("allowed_company_ids", "uid")
    def _compute_consent_count(self):
        counts = dict(
            self.env["crm.consent"]._read_group(
                [("purpose_id", "in", self.ids), ("state", "=", "granted")],
                ["purpose_id"],
                ["__count"],
            )
        )
        for purpose in self:
            purpose.consent_count = counts.get(purpose._origin, 0)

    @api.constrains("company_id")
    def _check_company_of_entries(self):
        for purpose in self:
            # sudo: what was said in companies that the user does not see counts all the same
            if (
                self.env["crm.consent.entry"]
                .sudo()
                .search_count(
                    [
                        ("purpose_id", "=", purpose.id),
                        ("company_id", "!=", purpose.company_id.id),
                    ],
                    limit=1,
                )
            ):
                raise ValidationError(
                    self.env._(
                        "People have answered on “%s” already, so its company stays. "
                        "Archive it and make a new one.",
                        purpose.name,
                    )
                )

    def action_view_consents(self):
        """Open who agreed to this."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_suite_marketing.crm_consent_action"
        )
        return action | {
            "domain": [("purpose_id", "=", self.id)],
            "context": {"search_default_filter_granted": 1},
        }

    def _get_channels(self):
        self.ensure_one()
        return [
            channel for channel, is_on in (("email", self.on_email), ("sms", self.on_sms)) if is_on
        ]

    @api.model
    def _get_public(self, company):
        """Return what visitors may choose. Call it with the rights of the system."""
        return self.search([("is_public", "=", True), ("company_id", "in", (False, company.id))])
