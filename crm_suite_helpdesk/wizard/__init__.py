from . import document, insight, merge, relation, setup, sla, snooze
