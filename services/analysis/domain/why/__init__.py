"""Why a figure is what it is: the entries that make it, summing exactly to it."""
