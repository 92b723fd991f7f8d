using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Adapters;

/// <summary>An adapter to apply when a model is loaded.</summary>
/// <param name="Path">The safetensors file.</param>
/// <param name="Strength">Factor on the adapter's product; may be negative, and 0 disables the adapter.</param>
/// <param name="MayBePartial">
/// True to skip layers that the model lacks, as the official code does silently (for example, an adapter for video and audio on a
/// video-only model). False to reject the adapter.
/// </param>
public sealed record AdapterFile(string Path, double Strength, bool MayBePartial = false)
{
    /// <summary>Returns the adapters of a stage.</summary>
    /// <param name="inputFiles">Files of the input artefacts, by name.</param>
    public static IReadOnlyList<AdapterFile> Of(DenoiseStage stage, IReadOnlyDictionary<string, string> inputFiles) =>
        stage.Adapters.Select(adapter => new AdapterFile(inputFiles[adapter.File], adapter.Strength)).ToList();
}
