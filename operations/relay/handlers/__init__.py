"""What each topic does to the other stores, one module per thing that it keeps there."""
