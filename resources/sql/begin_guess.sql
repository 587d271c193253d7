-- Go on as if nothing of a batch were held, and be able to take that back. No parameters.
savepoint guess;
