from . import crm_dispute_reason
from . import account_move
