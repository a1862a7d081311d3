from . import base, consent, campaign, outbox, engagement, content, attribution
