"""What the project costs: beside what a user would otherwise run, on a cluster, and as the evidence grows."""
