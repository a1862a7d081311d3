from . import assignment, document, insight, merge, policy, relation, setup, sla, snooze, voice
