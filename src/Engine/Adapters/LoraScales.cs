using MlxVideo.Engine.Checkpoints;
using MlxVideo.Shared.Safetensors;

namespace MlxVideo.Engine.Adapters;

/// <summary>
/// The scale of a layer's low-rank product, from the places where trainers record it. The first source that covers the layer wins:
/// <list type="number">
/// <item>the layer's own <c>alpha</c> tensor (kohya, musubi-tuner, ComfyUI): alpha / rank;</item>
/// <item>PEFT settings as JSON in the header (diffusers: <c>lora_adapter_metadata</c>), including their patterns;</item>
/// <item>single header entries: <c>lora_alpha</c>, <c>network_alpha</c>, <c>ss_network_alpha</c>, <c>alpha</c>,
/// <c>networkAlphas</c>;</item>
/// <item>PEFT's <c>adapter_config.json</c> in the file's folder;</item>
/// <item>otherwise 1, as for adapters from Lightricks' trainer.</item>
/// </list>
/// A rank stated with an alpha must match the rank of the factors; otherwise the alpha belongs to other factors and is rejected.
/// </summary>
internal sealed class LoraScales
{
    private readonly List<IScaleSource> _statements = [];
    private readonly List<PeftSettings> _peft = [];

    /// <summary>Reads the scale settings from an adapter's header and folder.</summary>
    /// <exception cref="CheckpointException">A setting is invalid.</exception>
    public LoraScales(SafetensorsFile file)
    {
        _peft.AddRange(PeftSettings.InHeader(file));
        _statements.AddRange(_peft);
        _statements.Add(new HeaderAlpha(file));
        if (PeftSettings.InFolderOf(file.Path) is { } beside)
        {
            _peft.Add(beside);
            _statements.Add(beside);
        }
    }

    /// <summary>True when the settings say that the adapter has DoRA's magnitudes.</summary>
    public bool StatesDora => _peft.Any(settings => settings.UsesDora);

    /// <summary>Returns the scale of a layer that has no alpha tensor.</summary>
    /// <param name="layer">Any of the layer's keys.</param>
    /// <param name="rank">The rank of the layer's factors.</param>
    /// <exception cref="CheckpointException">A setting is invalid or states another rank.</exception>
    public double Of(LoraKey layer, long rank) =>
        _statements.Select(statement => statement.ScaleOf(layer, rank)).FirstOrDefault(scale => scale is not null) ?? 1;

    /// <summary>Rejects an alpha that was stated for another rank.</summary>
    internal static void RequireRank(string source, LoraKey layer, long? stated, long rank)
    {
        if (stated is { } other && other != rank)
        {
            throw new CheckpointException(
                $"{source} states rank {other} for '{layer.Path}', but the factors have rank {rank}: the alpha can't be trusted. Use the "
                    + "original adapter, or one with alpha tensors.");
        }
    }
}

/// <summary>A source of layer scales.</summary>
internal interface IScaleSource
{
    /// <summary>Returns the scale of a layer; null when the source does not cover the layer.</summary>
    double? ScaleOf(LoraKey layer, long rank);
}
