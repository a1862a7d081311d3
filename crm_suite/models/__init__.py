from . import base, customer, mixins, pipeline, segment, studio
