"""One file per claim: each measures ours and its rivals in one run on the same data. `python -m benchmarks [NAME…]`."""
