using System.Text.Json.Serialization;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Shared.Stages;

/// <summary>
/// The denoising loop of one stage. Writes a safetensors file with the normalised <c>video</c> latent
/// (1, C, F, H/32, W/32), appended conditioning tokens removed, and another with the <c>audio</c> latent (1, C, T, mel)
/// where the clip has sound.
/// </summary>
public sealed record DenoiseTask : StageTask
{
    /// <summary>The stage's public name.</summary>
    public const string Name = "denoise";

    /// <summary>1 for the first stage of a pipeline, 2 for the refinement at full size: selects the sigmas of a distilled model.</summary>
    public required int Stage { get; init; }

    /// <summary>How an undistilled model is sampled; null for a distilled one.</summary>
    public GuidedSampling? Guided { get; init; }

    /// <summary>Width in pixels at this stage.</summary>
    public required int Width { get; init; }

    /// <summary>Height in pixels at this stage.</summary>
    public required int Height { get; init; }

    /// <summary>Pixel frames of the clip.</summary>
    public required int NumFrames { get; init; }

    /// <summary>Frames per second; positions on the time axis are in seconds.</summary>
    public required double Fps { get; init; }

    /// <summary>Seed of the clip's noise.</summary>
    public required long Seed { get; init; }

    /// <summary>What the clip's generator drew before this stage; drawn again and thrown away.</summary>
    public required IReadOnlyList<NoiseDraw> EarlierDraws { get; init; }

    /// <summary>How each latent of <see cref="Conditioning"/> is applied, in its order.</summary>
    public IReadOnlyList<ConditioningItem> Items { get; init; } = [];

    /// <summary>Artefact: the contexts.</summary>
    public required string Context { get; init; }

    /// <summary>Artefact: the contexts of the negative prompt; null where no pass needs them.</summary>
    public string? NegativeContext { get; init; }

    /// <summary>Artefact: the encoded conditioning images at this stage's size, if any.</summary>
    public string? Conditioning { get; init; }

    /// <summary>Artefact: the video latent the stage starts from; null for pure noise.</summary>
    public string? Initial { get; init; }

    /// <summary>Artefact: the audio latent the stage starts from; null for pure noise.</summary>
    public string? InitialAudio { get; init; }

    /// <summary>Artefact: the denoised video latent.</summary>
    public required string Latent { get; init; }

    /// <summary>Artefact: the denoised audio latent; null for a clip without sound.</summary>
    public string? AudioLatent { get; init; }

    /// <summary>Denoise steps.</summary>
    [JsonIgnore]
    public int Steps => Guided?.Steps ?? DistilledSteps.Count(Stage);

    /// <summary>The transformer's passes in a step.</summary>
    [JsonIgnore]
    public int PassesOfStep => Guided?.Passes.Count ?? 1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Inputs =>
        new[] { Context, NegativeContext, Conditioning, Initial, InitialAudio }.OfType<string>().ToList();

    /// <inheritdoc/>
    [JsonIgnore]
    public override IReadOnlyList<string> Outputs => AudioLatent is null ? [Latent] : [Latent, AudioLatent];
}

/// <summary>How one conditioning latent enters a denoising stage.</summary>
/// <param name="Frame">Pixel frame: 0 replaces latent frame 0, any other appends a keyframe's tokens.</param>
/// <param name="Strength">1 keeps it frozen, 0 leaves it to the noise.</param>
public sealed record ConditioningItem(int Frame, double Strength);

/// <summary>One standard normal draw from a clip's generator.</summary>
/// <param name="Modality">Whose latent it was for: the number of channels is the model's.</param>
/// <param name="Tokens">Tokens, appended conditioning tokens included.</param>
public sealed record NoiseDraw(Modality Modality, int Tokens);

/// <summary>The two streams of LTX-2.</summary>
public enum Modality
{
    /// <summary>Pictures.</summary>
    Video,

    /// <summary>Sound.</summary>
    Audio,
}
