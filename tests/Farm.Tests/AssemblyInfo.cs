// Every test starts several processes that compute: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
