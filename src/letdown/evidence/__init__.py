"""Evidence: published studies as runnable protocols.

    targets.csv      what was published, with its standard error
    studies/*.toml   one published experiment each: population, arms, instrument, statistics
    quantities       what is measured on one woman in one session, or on one dyad over its days
    reductions       what a study makes of its women: a mean, a percentage, an r2, a direction
    pool             virtual women, each protocol run once and kept on disk
    validate         every study on the pool, beside what was published

A study names quantities, reductions and instruments; each name stands for an object in a registry, and a folder of
other study files can be read in the same way.
"""
