-- See that a person's text is one statement that gives rows; nothing of it is run. text
-- Only the server's own parser can tell: it opens no cursor for several statements or for none.
select set_config('daybook.statement', %(text)s, true);
do $$
declare
    asked refcursor;
begin
    open asked for execute current_setting('daybook.statement');
    close asked;
end $$;
