"""First contact: a person and the program find out together how a Canvas keeps associations."""
