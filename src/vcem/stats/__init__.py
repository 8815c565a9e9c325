"""Arrays in, numbers out: intervals, summaries, areas under curves, agreement, readers and cases."""
