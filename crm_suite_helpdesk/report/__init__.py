from . import customer, insight, voice
