# mixins first: a model can only inherit what is already known
from . import mixins
from . import base, customer, pipeline, segment, studio
