"""Rules that act on the customers of several companies."""

from odoo.exceptions import ValidationError


def check_companies(rules):
    """Refuse rules without company from who does not work for all companies.

    Such a rule looks at documents of all of them, and acts on their customers.

    :raise ValidationError: when one of the rules has no company, and the user not all
    """
    user = rules.env.user
    if user._is_superuser() or user.has_group("base.group_system"):
        return
    # sudo: also the companies that the user does not see
    companies = rules.env["res.company"].sudo().search([])  # pylint: disable=no-search-all
    shared = rules.filtered(lambda rule: rule.active and not rule.company_id)
    if shared and companies - user.company_ids:
        raise ValidationError(
            rules.env._(
                "“%(rule)s” is for all companies, and you do not work for all of them. Choose a "
                "company, or ask an administrator.",
                rule=shared[:1].name,
            )
        )
