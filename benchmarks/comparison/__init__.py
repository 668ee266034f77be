"""The parts of `benchmarks/compare.py`: the corpus, the questions, the oracle, one module an engine, the clock, the
report. Outside the package; see benchmarks/README.md for what each engine is asked to do."""
