-- The table that a batch's identities pass through, one a connection. No parameters.
-- Of fixed widths only, digests as uuid: a table with a TOAST table takes milliseconds to empty.
set local client_min_messages = warning;
create temporary table if not exists incoming (
    position integer not null,
    event_id uuid not null,
    revised_at timestamptz,
    retracted_at timestamptz,
    digest uuid
) on commit delete rows;
