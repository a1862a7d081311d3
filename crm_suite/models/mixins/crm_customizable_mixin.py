from odoo import models


class CrmCustomizableMixin(models.AbstractModel):
    """What a model inherits so that configurators may shape its form without code.

    Inheriting is all that a model has to do: the rules of `crm.form.rule` are injected into its
    forms when they are served, and enforced when its records are created or written.
    Only models that inherit this can have rules, which makes the list of them a white list.

    Name the mixin first in `_inherit`, so that rules are applied after the view is complete:

        _inherit = ["crm.customizable.mixin", "crm.lead"]
    """

    _name = "crm.customizable.mixin"
    _description = "Customizable without code"
