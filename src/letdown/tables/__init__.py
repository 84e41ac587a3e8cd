"""The one reader of tables that users bring: readings of instruments, spike times.

    text            bytes of a file as text: limits, encodings, line ends
    dialect         separator, lines before the names, the line of names
    table           rows of cells under names, each with its line in the file
    column_names    what a name says: stem, unit, whether it is time
    numbers         cells as numbers: decimal sign, codes of missing values, units beside the number
    clock_times     cells as times of day or dates: midnight, zones, summer time
    time_column     a column of time in seconds, whichever of the two it holds
    line_up         two records on absolute clocks
    order           rows out of order, and a clock that starts again

Splitting into cells is done by `csv` of the standard library, calendars and zones by `datetime` and `zoneinfo`. What
they leave open (which separator, which sign, which order of day and month) is decided here by counting, and refused
where two answers fit: the guesses of `csv.Sniffer`, `pandas.read_csv` and `dateutil` are silent, and a silent guess
changes a result. Whatever was decided is said in one line.
"""
