"""A small client for JSON over HTTP: limits obeyed, faults tried again, every wait told.

It blocks: a source runs it in a thread of its own (:mod:`sources.worker`). One request at a
time is sent, as the services ask for; :meth:`HttpClient.pages` fetches a few pages ahead meanwhile.
"""

from sources.activity import Waiting
from sources.http.answer import Answer
from sources.http.client import HttpClient
from sources.http.clock import Clock, SystemClock
from sources.http.gate import StoppedError
from sources.http.pace import Again, Hold, Pace

__all__ = [
    "Again",
    "Answer",
    "Clock",
    "Hold",
    "HttpClient",
    "Pace",
    "StoppedError",
    "SystemClock",
    "Waiting",
]
