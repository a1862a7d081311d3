from odoo import api, models


class CrmTicketDialogMixin(models.AbstractModel):
    """A dialog about a record: it tells nobody of it who may not read that record himself.

    A dialog names in `_dialog_subject` the field that holds what it is about.
    """

    _name = "crm.ticket.dialog.mixin"
    _description = "Dialog about a Record"

    _dialog_subject = "ticket_id"

    @api.constrains(lambda self: (self._dialog_subject,))
    def _check_dialog_subject(self):
        # Constraints are checked as superuser
        self.sudo(False)[self._dialog_subject].check_access("read")
