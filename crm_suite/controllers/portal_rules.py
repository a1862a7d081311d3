from odoo.exceptions import ValidationError
from odoo.http import request, route

from odoo.addons.sale.controllers.portal import CustomerPortal

from ..models.mixins.crm_rule_enforcement_mixin import KEEP_INCOMPLETE, KEEP_MISSING


class RulesInPortal(CustomerPortal):
    """What customers do by themselves, held against the rules of forms.

    Their word on a quotation is never refused. Their address is, in words on the page: they are
    asked for what the page can take, and what else a rule requires is flagged for the office.
    """

    @route()
    def portal_quote_accept(self, *args, **kwargs):
        self._keep_word_of_customer()
        return super().portal_quote_accept(*args, **kwargs)

    @route()
    def portal_quote_decline(self, *args, **kwargs):
        self._keep_word_of_customer()
        return super().portal_quote_decline(*args, **kwargs)

    def _keep_word_of_customer(self):
        # a colleague who opens the link is held to the rules, as in the back office
        if not request.env.user._is_internal():
            request.update_context(crm_form_rules=KEEP_INCOMPLETE)

    def _create_or_update_address(self, partner_sudo, **kwargs):
        request.update_context(crm_form_rules=KEEP_MISSING)
        try:
            with request.env.cr.savepoint():
                return super()._create_or_update_address(
                    partner_sudo.with_context(crm_form_rules=KEEP_MISSING), **kwargs
                )
        except ValidationError as refusal:
            return partner_sudo, {"invalid_fields": [], "messages": [refusal.args[0]]}
        finally:
            request.update_context(crm_form_rules=None)

    def _validate_address_values(self, address_values, partner_sudo, *args, **kwargs):
        invalid, missing, messages = super()._validate_address_values(
            address_values, partner_sudo, *args, **kwargs
        )
        required = partner_sudo._find_missing(address_values, list(address_values))
        news = {name: text for name, text in required.items() if name not in missing}
        return invalid, missing | news.keys(), [*messages, *dict.fromkeys(news.values())]
