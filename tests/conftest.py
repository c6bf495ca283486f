"""What holds for every test: how hypothesis draws."""

import os

from hypothesis import settings

# In CI the same examples every time: a red run is the submission's doing, never chance's.
# `make test-long ARGS=--hypothesis-profile=long` looks further.
settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("dev", deadline=None)
settings.register_profile("long", max_examples=2000, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
