from odoo import fields, models


class CrmCustomerType(models.Model):
    """What kind of customer it is: a person, a shop, a chain, a public body."""

    _name = "crm.customer.type"
    _description = "Customer Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _unique_name = models.UniqueIndex("(name)", "There is a customer type of this name already.")
