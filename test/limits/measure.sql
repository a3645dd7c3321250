-- What a session has taken before a call: with the library, LLVM and whatever a first statement loads.
SELECT opportunities.fold('x'), (SELECT count(*) FROM crm.stage), (SELECT sum(i) FROM generate_series(1, 10) AS i) \g /dev/null
SELECT limits.measure() \g /dev/null
