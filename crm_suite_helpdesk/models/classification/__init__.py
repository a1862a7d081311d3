from . import (
    crm_ticket_category,
    crm_ticket_tag,
    crm_customer_tier,
    crm_ticket_team,
    crm_ticket,
    res_partner,
)
