from odoo import api, models
from odoo.exceptions import UserError


class CrmJourneyPart(models.AbstractModel):
    """Parts of versions: they change in the draft only, whoever writes, the system as well.

    People are on their way through what was launched, and reports say what it was.
    """

    _name = "crm.journey.part"
    _description = "Part of a Version of a Journey"

    def _get_versions(self):
        """:return: the versions that they are parts of"""
        raise NotImplementedError

    def _check_draft(self):
        # sudo: the state of a version is no secret to those who may change its parts
        if any(version.state != "draft" for version in self.sudo()._get_versions()):
            raise UserError(
                self.env._(
                    "This version was launched and stays as it is. Choose “Edit” to change a new"
                    " version."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_draft()
        return parts

    def write(self, vals):
        self._check_draft()
        result = super().write(vals)
        self._check_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_launched(self):
        self._check_draft()

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        self._check_draft()
        return super()._update_field_translations(field_name, translations, digest, source_lang)
