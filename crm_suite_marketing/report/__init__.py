from . import attribution
