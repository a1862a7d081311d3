from . import insight, voice
