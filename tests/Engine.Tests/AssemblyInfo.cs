// Each test computes on all cores, and the number of libtorch's threads is one for the process: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
