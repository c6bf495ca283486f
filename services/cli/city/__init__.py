"""A synthetic city: what its finance systems would state, day by day, over several years.

Pure: everything that is drawn comes from the one seeded generator passed in, time is the
simulated day, nothing is read. Names and sources say that it is synthetic. It imports no
service and no rule parameter: what is planted is planted from constants of its own.
"""
