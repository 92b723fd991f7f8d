namespace MlxVideo.EndToEnd.Tests;

/// <summary>Tests that need all cores: they run after the others, one at a time.</summary>
[CollectionDefinition(nameof(SerialCollection), DisableParallelization = true)]
public sealed class SerialCollection;
