-- Open a cursor on what a person's text gives, if it is one statement that gives rows. text
-- Only the server's own parser can tell: it opens no cursor for several statements or for none.
-- The cursor lives as long as the transaction. The statement runs as far as rows are fetched,
-- and so without parallel workers: PostgreSQL has them only where an answer is fetched whole.
select set_config('daybook.statement', %(text)s, true);
do $$
declare
    answer refcursor := 'daybook_answer';
begin
    open answer for execute current_setting('daybook.statement');
end $$;
