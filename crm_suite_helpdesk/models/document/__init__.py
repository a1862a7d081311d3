from . import (
    crm_ticket,
    crm_ticket_document_mixin,
    account_move,
    crm_lead,
    res_partner,
    sale_order,
)
