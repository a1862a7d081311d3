from . import document, setup, snooze
