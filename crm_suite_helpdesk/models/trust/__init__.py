from . import (
    crm_ticket_sender,
    crm_ticket_team,
    crm_ticket_unverified,
    crm_ticket,
    crm_ticket_desk,
    mail_thread,
    res_config_settings,
)
