from . import crm_ticket, crm_ticket_sentiment, res_company, res_config_settings
