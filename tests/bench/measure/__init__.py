"""What tests/bench/run is made of: programs it starts, figures it measures, how they are told."""
