from . import (
    crm_ticket,
    crm_ticket_desk,
    mail_compose_message,
    mail_scheduled_message,
)
