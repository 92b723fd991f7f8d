// Every test uses all cores, and libtorch's thread count is process-wide: run one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
