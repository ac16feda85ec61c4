"""What people have chosen once for all, and the program goes by from then on."""
