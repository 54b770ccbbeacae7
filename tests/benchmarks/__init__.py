"""What is measured by hand, on a machine that does nothing else."""
