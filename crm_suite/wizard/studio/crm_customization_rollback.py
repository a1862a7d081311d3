from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.studio.pack_rollback import KEEP, PackRollback


class CrmCustomizationRollback(models.TransientModel):
    """What rolling an import back would do, line by line, before it is done."""

    _name = "crm.customization.rollback"
    _description = "Roll Back of an Import"

    import_id = fields.Many2one(
        "crm.customization.import", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many("crm.customization.rollback.line", "rollback_id", "What Happens")

    @api.model
    def _start(self, import_):
        self._check_done(import_)
        plan = PackRollback(import_)
        values = []
        for sequence, line in enumerate(plan.lines):
            what, changes, is_taken, reason = plan.judge(line)
            values.append(
                {
                    "sequence": sequence,
                    "line_id": line.id,
                    "what": what,
                    "is_taken": is_taken,
                    "reason": reason or False,
                    "changes": [
                        [list(each.path), each.old, each.new, each.language] for each in changes
                    ],
                }
            )
        wizard = self.create({"import_id": import_.id})
        # sudo: users choose lines, and do not write what they say
        lines = self.env["crm.customization.rollback.line"].sudo()
        lines.create([{**each, "rollback_id": wizard.id} for each in values])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Roll Back"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_confirm(self):
        """Undo the chosen lines in one transaction; what cannot be undone says why."""
        self.ensure_one()
        self.env["crm.customization.pack"]._check_configurator()
        import_ = self.import_id
        import_.sudo().lock_for_update()  # sudo: nobody else may write it; it is shown to the user
        self._check_done(import_)
        chosen = self.line_ids.filtered(
            lambda line: line.is_taken and line.what != KEEP and line.line_id.import_id == import_
        )
        if not chosen:
            raise UserError(self.env._("Nothing is chosen. There is nothing to roll back."))
        plan = PackRollback(import_)
        plan.apply(chosen.line_id.sudo())  # sudo: what was there before is read by nobody else
        left = (self.line_ids - chosen).line_id.sudo()  # sudo: the history is written here only
        for line in left:
            line.write({"undo_result": "kept", "undo_reason": plan.judge(line)[3]})
        # sudo: as above
        import_.sudo().write(
            {
                "state": "undone",
                "undone_user_id": self.env.uid,
                "undone_date": fields.Datetime.now(),
            }
        )
        import_._log_change(lambda env: env._("Rolled back"))
        return {"type": "ir.actions.client", "tag": "reload"}

    def _check_done(self, import_):
        if import_.state != "done":
            raise UserError(self.env._("Only what was imported can be rolled back, and once."))
        if import_.company_id != self.env.company:
            raise UserError(
                self.env._("This import was done in the company %s.", import_.company_id.name)
            )
