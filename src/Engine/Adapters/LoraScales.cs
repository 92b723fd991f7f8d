using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// How many times the product of a layer's factors counts, where trainers write it. The first that says something about a
/// layer counts:
/// <list type="number">
/// <item>the layer's own <c>alpha</c> tensor (kohya, musubi-tuner, ComfyUI): alpha / rank;</item>
/// <item>peft's settings as JSON in the header (diffusers: <c>lora_adapter_metadata</c>), with their patterns;</item>
/// <item>single entries of the header: <c>lora_alpha</c>, <c>network_alpha</c>, <c>ss_network_alpha</c>, <c>alpha</c>,
/// <c>networkAlphas</c>;</item>
/// <item>peft's <c>adapter_config.json</c> beside the file;</item>
/// <item>else 1, as for adapters of Lightricks' trainer.</item>
/// </list>
/// A rank that is stated with an alpha must be the factors' own, else the alpha belongs to other factors and is refused.
/// </summary>
internal sealed class LoraScales
{
    private readonly List<IScaleStatement> _statements = [];

    /// <summary>Reads what an adapter's header and folder say.</summary>
    /// <exception cref="CheckpointException">A statement can't be understood.</exception>
    public LoraScales(SafetensorsFile file)
    {
        _statements.AddRange(PeftSettings.InHeader(file));
        _statements.Add(new HeaderAlpha(file));
        if (PeftSettings.BesideFile(file.Path) is { } beside)
            _statements.Add(beside);
    }

    /// <summary>The scale of a layer without an alpha tensor.</summary>
    /// <param name="layer">Any of its keys.</param>
    /// <param name="rank">The rank of its factors.</param>
    /// <exception cref="CheckpointException">A statement can't be understood, or is about another rank.</exception>
    public double Of(LoraKey layer, long rank) =>
        _statements.Select(statement => statement.ScaleOf(layer, rank)).FirstOrDefault(scale => scale is not null) ?? 1;

    /// <summary>Refuses an alpha that was stated for another rank.</summary>
    internal static void RequireRank(string source, LoraKey layer, long? stated, long rank)
    {
        if (stated is { } other && other != rank)
        {
            throw new CheckpointException(
                $"{source} states rank {other} for '{layer.Path}', whose factors have rank {rank}: its alpha can't be trusted. Use the "
                    + "adapter as it was trained, or one with alpha tensors.");
        }
    }
}

/// <summary>Something that states alphas for layers.</summary>
internal interface IScaleStatement
{
    /// <summary>The scale of a layer; null when nothing is said about it.</summary>
    double? ScaleOf(LoraKey layer, long rank);
}
