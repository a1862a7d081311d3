from . import collection, dispute, pipeline, promise, statement, timeline
