namespace MlxVideo.Coordinator.Tests.Metrics;

/// <summary>Tests that collect the metrics or spans of the whole process: no other test may run at the same time.</summary>
[CollectionDefinition(nameof(MetricsCollection), DisableParallelization = true)]
public sealed class MetricsCollection;
