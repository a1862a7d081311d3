from . import collection, pipeline, timeline
