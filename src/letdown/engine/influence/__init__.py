"""What can change a run at all: which parameters the program of this run reads, found from the equations themselves."""
