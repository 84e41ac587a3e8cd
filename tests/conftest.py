"""What holds for all tests: how long an example takes is not tested, because it depends on the machine."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
