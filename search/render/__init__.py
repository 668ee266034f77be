"""Results to what a reader, a script or an evaluator wants: text, JSON, CSV, TREC. The one room where data
becomes strings; it knows nothing of engines, of flags or of how the results came about."""
