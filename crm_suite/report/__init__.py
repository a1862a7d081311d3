from . import collection, customer, pipeline, timeline
