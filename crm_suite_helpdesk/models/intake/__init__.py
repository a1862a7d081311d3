from . import crm_ticket, mail_thread
