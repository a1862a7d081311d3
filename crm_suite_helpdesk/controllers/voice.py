from odoo.http import request

from .portal_new_ticket import HelpdeskPortalNewTicket


class VoicePortalNewTicket(HelpdeskPortalNewTicket):
    """Customers may say what they want to tell us, and about which product that they bought."""

    def _prepare_new_ticket(self, team, post, errors):
        values = super()._prepare_new_ticket(team, post, errors)
        Ticket = request.env["crm.ticket"]
        kind = self._clean_text(post.get("kind"))
        if kind in dict(Ticket._get_portal_kinds()):
            values["kind"] = kind
        wanted = self._clean_text(post.get("product"))
        bought = Ticket._get_bought_products(team.company_id if team.ids else request.env.company)
        for product, order in bought:
            if str(product.id) == wanted:
                values.update(product_id=product.id, sale_order_id=order.id)
        return values
