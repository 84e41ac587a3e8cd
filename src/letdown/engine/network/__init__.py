"""The spiking network, run: generated lane loop, state, runner, and the network as a source of bursts in a feed."""
