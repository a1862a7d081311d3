from . import (
    crm_mail_limits,
    crm_mail_quarantine,
    crm_ticket_desk,
    fetchmail_server,
    mail_alias,
    mail_thread,
)
