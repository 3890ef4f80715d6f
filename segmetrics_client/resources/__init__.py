"""The parts of a session, one module for each kind of thing."""
