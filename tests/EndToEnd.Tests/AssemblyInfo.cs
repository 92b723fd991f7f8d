// Most tests wait: for processes to start, for a lease to run out. Those that measure or compute are in the collection Alone.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
