"""The texts of letters: the shipped ones, and the closed set of placeholders that may stand in a text."""
