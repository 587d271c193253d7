-- Keep a claim that went too far to be believed. source_id, pass_id, window or null, words, moment
insert into skipped_claims (source_id, pass_id, "window", words, skipped_at)
values (%(source_id)s, %(pass_id)s, %(window)s, %(words)s, %(moment)s);
