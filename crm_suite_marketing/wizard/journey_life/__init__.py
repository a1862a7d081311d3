from . import crm_journey_enrolment
from . import crm_journey_launch
from . import crm_journey_launch_line
from . import crm_journey_pause
from . import crm_journey_resume
