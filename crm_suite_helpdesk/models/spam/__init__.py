from . import crm_blocked_sender, crm_ticket, crm_ticket_team, res_config_settings
