from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmMailingPreview(models.TransientModel):
    """A mailing as one recipient would get it, in the rights of who looks."""

    _name = "crm.mailing.preview"
    _description = "Preview of a Mailing"

    mailing_id = fields.Many2one("mailing.mailing", required=True, ondelete="cascade")
    mailing_type = fields.Selection(related="mailing_id.mailing_type")
    resource_ref = fields.Reference(selection="_select_models", string="As")
    lang = fields.Selection(
        selection="_select_langs",
        string="Language",
        help="Dates, numbers and choices are written in it. Empty: the recipient's own.",
    )
    width = fields.Selection(
        [("wide", "Computer"), ("phone", "Phone"), ("text", "Text Only")],
        default="wide",
        required=True,
        string="Show",
    )
    error = fields.Char(compute="_compute_content")
    email_from = fields.Char("From", compute="_compute_content")
    subject = fields.Char(compute="_compute_content")
    preview = fields.Char("Preview Text", compute="_compute_content")
    body = fields.Html(compute="_compute_content", sanitize="email_outgoing")
    text = fields.Text(compute="_compute_content")

    @api.model
    def _select_models(self):
        # sudo: names of kinds of records
        found = self.env["ir.model"].sudo().search([("is_mailing_enabled", "=", True)])
        return [(model.model, model.name) for model in found]

    @api.model
    def _select_langs(self):
        return self.env["res.lang"].get_installed()

    @api.depends("mailing_id", "resource_ref", "lang")
    def _compute_content(self):
        for preview in self:
            try:
                values = preview.mailing_id._render_preview(preview.resource_ref, preview.lang)
                preview.error = False
            except UserError as error:
                values, preview.error = {}, str(error)
            for name in ("email_from", "subject", "preview", "body", "text"):
                preview[name] = values.get(name)

    def action_send_test(self):
        """Hand what the chosen recipient would get to the webhook, marked as a test."""
        self.ensure_one()
        record = self.resource_ref
        if not record:
            raise UserError(self.env._("Choose a recipient first."))
        self.mailing_id._check_recipient(record)
        return self.mailing_id._send_webhook_test(record, self.lang)
