from . import document, insight, merge, policy, relation, setup, sla, snooze, voice
