from . import crm_statement
