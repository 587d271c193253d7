-- Take in the identities of a batch.
copy incoming (position, event_id, revised_at, retracted_at, digest)
from stdin with (format binary);
