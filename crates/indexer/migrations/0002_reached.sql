-- How far the chain was read, where nothing of the program's came last: nodes may forget it, and nothing is missing.
CREATE TABLE reached (
    id BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    PRIMARY KEY (id)
);

-- Offers are searched in memory.
DROP INDEX offers_that_stand;
