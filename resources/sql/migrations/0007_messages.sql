-- What was said in Slack, as analysts look at it.

create view daybook.messages as
select
    event_id, source_id, subject, occurred_at, scope as channel,
    split_part(subject, '/', 1) as channel_id, actor as author, actor_key as author_id,
    body as text, kind = 'slack.reply' as is_reply,
    case when kind = 'slack.reply' or session_id = subject then session_id end as thread,
    attributes -> 'reactions' as reactions, url, refs, revised_at, attributes, observed_at
from daybook.events
where retracted_at is null and kind in ('slack.message', 'slack.reply');

comment on view daybook.messages is 'Messages of Slack that stand, replies in threads among them';
comment on column daybook.messages.subject is 'Channel id and Slack''s time of it: C123/1699.1';
comment on column daybook.messages.channel is
    'Name of the channel; a renamed one may have two until it is read whole again';
comment on column daybook.messages.channel_id is 'Id of the channel, the same under any name';
comment on column daybook.messages.author is 'Who said it, as people are called now';
comment on column daybook.messages.author_id is 'User id, or that of a bot';
comment on column daybook.messages.text is 'Without Slack''s markup, then what is attached';
comment on column daybook.messages.is_reply is 'Whether it answers another one';
comment on column daybook.messages.thread is
    'Subject of its thread''s first message; null where it is in none';
comment on column daybook.messages.reactions is 'How often each was chosen; null: never';
comment on column daybook.messages.revised_at is 'When it was edited last, as far as is known';
