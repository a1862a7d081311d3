from . import (
    crm_ticket_cause,
    crm_ticket,
    crm_ticket_closing,
    crm_ticket_survey,
    crm_ticket_survey_answer,
    crm_ticket_team,
    crm_timeline,
    product_template,
    rating_rating,
    res_partner,
)
