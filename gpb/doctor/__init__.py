"""The doctor: checks both connections, one sentence per check, reads only; one module per thing that is looked at."""
