"""What every room may use: errors, times, ids, cursors, deadlines. No store, no web."""
