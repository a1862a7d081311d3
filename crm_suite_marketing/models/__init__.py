from . import base, consent, campaign, engagement
