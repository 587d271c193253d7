-- What every connection needs. No parameters.
set search_path = daybook, public; set timezone = 'UTC'; set datestyle = 'ISO'; set jit = off;
set bytea_output = 'hex'; set standard_conforming_strings = on; set random_page_cost = 1.1;
set pg_trgm.word_similarity_threshold = 0.4;
