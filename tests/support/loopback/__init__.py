"""What servers played on this machine share: clock, faults, and the way to them by HTTP."""

from tests.support.loopback.asking import Asked, Given, Raw
from tests.support.loopback.clock import START, StillClock
from tests.support.loopback.faults import Fault
from tests.support.loopback.service import Service
from tests.support.loopback.serving import serving

__all__ = ["START", "Asked", "Fault", "Given", "Raw", "Service", "StillClock", "serving"]
