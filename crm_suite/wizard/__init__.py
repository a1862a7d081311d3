from . import collection, dispute, pipeline, promise, timeline
