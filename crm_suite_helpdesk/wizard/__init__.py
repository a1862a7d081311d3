from . import document, merge, relation, setup, snooze
