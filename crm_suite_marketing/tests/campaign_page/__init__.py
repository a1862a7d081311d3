from . import test_campaign_page
from . import test_campaign_page_tour
