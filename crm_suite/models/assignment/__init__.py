from . import crm_territory
from . import crm_assignment_rule
from . import crm_lead
from . import crm_team
from . import crm_team_member
