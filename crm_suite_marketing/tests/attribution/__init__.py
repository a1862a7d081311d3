from . import test_attribution, test_attribution_changes, test_attribution_rights
from . import test_campaign_cost, test_campaign_performance, test_campaign_plan
from . import test_utm_medium
