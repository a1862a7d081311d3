from . import base, campaign, engagement
