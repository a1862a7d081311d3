from . import consent, mailing
