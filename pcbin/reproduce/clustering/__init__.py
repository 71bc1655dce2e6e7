"""What studies of clustered images share: cells of system, size and seed, their summaries and figures."""
