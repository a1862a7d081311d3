from . import document, insight, merge, relation, setup, snooze
