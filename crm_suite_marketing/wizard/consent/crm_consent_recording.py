import base64
import binascii
import csv
import io

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.consent.crm_consent_purpose import CHANNELS

MAX_ADDRESSES = 50000
MAX_FILE = 10 * 1024 * 1024


class CrmConsentRecording(models.TransientModel):
    """What people said elsewhere is entered by hand, with a reason; or as a list, with proof."""

    _name = "crm.consent.recording"
    _description = "Enter What People Said"

    channel = fields.Selection(CHANNELS, required=True, default="email")
    purpose_id = fields.Many2one("crm.consent.purpose", help="Empty: everything.")
    state = fields.Selection(
        [("granted", "Agreed"), ("withdrawn", "Refused")],
        "Answer",
        required=True,
        default="withdrawn",
    )
    addresses = fields.Text(help="One to a line.")
    file = fields.Binary("List", attachment=False, help="A CSV file with one address to a line.")
    file_name = fields.Char()
    date = fields.Datetime("Said on", required=True, default=fields.Datetime.now)
    reason = fields.Char(required=True, help="How you know, for instance: said so by telephone.")
    text = fields.Text(
        "Text Shown",
        compute="_compute_text",
        store=True,
        readonly=False,
        help="What the people were shown when they answered, word by word.",
    )
    proof = fields.Binary(
        attachment=False, help="A photo of the form, the e-mail, the file of the other system."
    )
    proof_name = fields.Char()
    warning = fields.Char(compute="_compute_warning")

    @api.depends("purpose_id")
    def _compute_text(self):
        for recording in self:
            recording.text = recording.purpose_id.text

    @api.depends("purpose_id", "state", "proof", "channel", "file")
    def _compute_warning(self):
        for recording in self:
            purpose, warning = recording.purpose_id, False
            if recording.state == "granted" and recording.file and not recording.proof:
                warning = self.env._("A list of people who agreed needs a proof.")
            elif recording.state == "granted" and not purpose:
                warning = self.env._("People agree to a purpose. Choose one.")
            elif recording.state == "granted" and recording.channel == "email":
                warning = (
                    self.env._("Without a proof, each gets an e-mail and has to confirm.")
                    if purpose.is_double and not recording.proof
                    else self.env._("Whoever has refused before gets an e-mail and has to confirm.")
                )
            recording.warning = warning

    def action_record(self):
        """Enter it."""
        self.ensure_one()
        if not self.env.user.has_group("crm_suite_marketing.group_marketing_user"):
            raise UserError(self.env._("Only marketing users enter what people said."))
        if self.date > fields.Datetime.now():
            raise UserError(self.env._("Nobody has answered in the future."))
        if self.state == "granted" and self.file and not self.proof:
            raise UserError(self.env._("A list of people who agreed needs a proof."))
        if len(self.proof or "") * 3 // 4 > MAX_FILE:
            raise UserError(self.env._("The proof is larger than 10 MB."))
        identities = self._read_identities()
        proof = self.proof and {"proof": self.proof, "proof_name": self.proof_name or "proof"}
        entered = self.env["crm.consent"]._enter(
            identities,
            self.channel,
            self.state,
            self.purpose_id,
            proof=proof,
            source="import" if self.file else "manual",
            reason=self.reason,
            text=self.text,
            date=self.date,
        )
        waiting = sum(state == "requested" for state in entered.values())
        message = self.env._("Entered: %s.", len(entered) - waiting)
        if waiting:
            message += " " + self.env._("Asked to confirm by e-mail: %s.", waiting)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _read_identities(self):
        """Return the addresses, each once.

        :raise UserError: names the lines that are no address
        """
        lines = [line.strip() for line in (self.addresses or "").splitlines() if line.strip()]
        lines += self._read_file()
        if not lines:
            raise UserError(self.env._("Enter at least one address."))
        if len(lines) > MAX_ADDRESSES:
            raise UserError(self.env._("Enter at most %s addresses at a time.", MAX_ADDRESSES))
        Consent = self.env["crm.consent"]
        found = {line: Consent._normalize(line, self.channel) for line in lines}
        wrong = [line for line, identity in found.items() if not identity]
        if wrong:
            raise UserError(
                self.env._("Nothing was entered. These are no addresses: %s", ", ".join(wrong[:10]))
            )
        return list(dict.fromkeys(found.values()))

    def _read_file(self):
        if not self.file:
            return []
        try:
            content = base64.b64decode(self.file)
            if len(content) > MAX_FILE:
                raise UserError(self.env._("The list is larger than 10 MB."))
            rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        except (binascii.Error, UnicodeDecodeError, csv.Error) as error:
            raise UserError(
                self.env._("The list cannot be read. Save it as CSV in UTF-8.")
            ) from error
        cells = [row[0].strip() for row in rows if row and row[0].strip()]
        # a heading is no address
        if cells and not self.env["crm.consent"]._normalize(cells[0], self.channel):
            cells = cells[1:]
        return cells
