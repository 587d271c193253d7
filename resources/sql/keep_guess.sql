-- It was right. No parameters.
release savepoint guess;
