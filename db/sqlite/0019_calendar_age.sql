-- MaxCalendarAgeFilter is 0 or 4 to 7 (MS-ASPROV 2.2.2); 1 to 3 were taken too. Two weeks is the nearest to what they
-- could have meant, and a policy with a value that may not be is none that can be read.
UPDATE policy SET choice = replace(replace(replace(choice,
    'MaxCalendarAgeFilter=1' || char(10), 'MaxCalendarAgeFilter=4' || char(10)),
    'MaxCalendarAgeFilter=2' || char(10), 'MaxCalendarAgeFilter=4' || char(10)),
    'MaxCalendarAgeFilter=3' || char(10), 'MaxCalendarAgeFilter=4' || char(10));
