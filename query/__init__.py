"""Mixed reads: one question answered from the three stores, by declared links, one batch per store and wave."""
