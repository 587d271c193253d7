-- Give the next rows of the answer that open_answer opened; fewer: it has ended. rows
fetch forward %(rows)s from daybook_answer;
