"""How much memory and time the real processes take. Started by `make bench`, not by `make test`."""
