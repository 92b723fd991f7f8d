// Most tests wait for processes to start or for leases to expire. Tests that measure or compute are in the collection Alone.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
