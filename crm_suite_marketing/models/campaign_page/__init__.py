from . import crm_outbox
from . import mailing_mailing
from . import crm_campaign_page
from . import crm_campaign_page_record
