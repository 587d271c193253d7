-- It was wrong: nothing of it happened. No parameters.
rollback to savepoint guess;
release savepoint guess;
