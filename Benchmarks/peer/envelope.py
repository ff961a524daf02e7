"""What travels through the system: a new user as a client sends it, the envelope around it, names and times.

A create's row takes the id of its operation: it follows from the request, so that a repeated request has the same.
"""

import re
import time
from datetime import datetime, timezone
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

import msgspec

STREAM = "PEER"
SUBJECT = b"peer.writes.users"
DONE = b"peer.done"  # The ids of a batch's operations, 36 bytes each, once they have ended.
GENERATION = b"peer:generation:users"
STATUS = b"peer:status:"

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

is_uuid = re.compile(UUID.encode()).fullmatch


class NewUser(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    email: Annotated[str, msgspec.Meta(max_length=254, pattern="@")]


class Envelope(msgspec.Struct, rename="camel", gc=False):
    operation_id: Annotated[str, msgspec.Meta(pattern=f"^{UUID}$")]
    table: str
    op: str
    entity_id: str
    queued_at: Annotated[datetime, msgspec.Meta(tz=True)]
    data: msgspec.Raw


decode_user = msgspec.json.Decoder(NewUser).decode
decode_envelope = msgspec.json.Decoder(Envelope).decode


def encode_envelope(operation_id: bytes, queued_at: bytes, data: bytes) -> bytes:
    return b'{"operationId":"%b","table":"users","op":"create","entityId":"%b","queuedAt":"%b","data":%b}' % (
        operation_id, operation_id, queued_at, data)


def operation_id(key: bytes) -> bytes:
    """A UUID is the operation's id as it stands, any other key is hashed to one."""
    if is_uuid(key):
        return key
    lower = key.lower()
    return lower if is_uuid(lower) else str(uuid5(NAMESPACE_URL, key.decode("latin-1"))).encode()


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Clock:
    """The time as RFC 3339 text with milliseconds; formatted once in each second."""

    second = 0
    text = ""

    def now(self) -> bytes:
        moment = time.time()
        second = int(moment)
        if second != self.second:
            self.second = second
            self.text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return b"%b.%03dZ" % (self.text.encode(), (moment - second) * 1000)
