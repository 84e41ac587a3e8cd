"""What organs are written with: equations, smooth elementary functions, counter-based random numbers."""
