using System.Text.Json;
using System.Text.Json.Serialization;
using MlxVideo.Shared.Json;

namespace MlxVideo.Cli.Generate.Profiles;

/// <summary>
/// The times and the memory peak of a render (docs/profile.md). Contains all keys of mlx-video's profiles; those that describe settings
/// which are fixed here have constant values.
/// </summary>
public sealed record RenderProfile
{
    private static readonly JsonSerializerOptions Indented = new(FarmJson.Options) { WriteIndented = true };

    /// <summary>Version of this schema.</summary>
    [JsonPropertyName("profile_version")]
    public int ProfileVersion => 1;

    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    /// <summary>Name of the machine.</summary>
    public required string Machine { get; init; }

    /// <summary>Processor, device, dtype, kernels and threads.</summary>
    public required string Arithmetic { get; init; }

    /// <summary>Folder of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Absolute path of the clip.</summary>
    public required string Output { get; init; }

    public required string Prompt { get; init; }

    public required long Seed { get; init; }

    /// <summary>Width of the clip in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the clip in pixels.</summary>
    public required int Height { get; init; }

    public required int NumFrames { get; init; }

    public required double Fps { get; init; }

    public required string Pipeline { get; init; }

    /// <summary>Time of the whole command in seconds, without its start.</summary>
    [JsonPropertyName("elapsed_s")]
    public required double ElapsedSeconds { get; init; }

    /// <summary>Seconds by phase.</summary>
    [JsonPropertyName("phases_s")]
    public required IReadOnlyDictionary<string, double> PhaseSeconds { get; init; }

    /// <summary>The stages in the order in which they ran.</summary>
    public required IReadOnlyList<StageTime> Stages { get; init; }

    /// <summary>Largest memory use of the device, or of the process when the device does not report it, in GiB.</summary>
    [JsonPropertyName("peak_memory_gb")]
    public required double PeakMemory { get; init; }

    /// <summary>Denoise steps of pass 1; null for a pipeline with a single pass, as in mlx-video.</summary>
    [JsonPropertyName("stage1_steps")]
    public required int? FirstPassSteps { get; init; }

    /// <summary>Denoise steps of pass 2; null for a pipeline with a single pass.</summary>
    [JsonPropertyName("stage2_steps")]
    public required int? SecondPassSteps { get; init; }

    /// <summary>True when the clip has audio.</summary>
    public required bool Audio { get; init; }

    /// <summary>How the audio is generated: <c>joint</c>, together with the video; null for a clip without audio.</summary>
    public string? AudioMode => Audio ? "joint" : null;

    /// <summary>Denoise steps of the audio; null for a clip without audio.</summary>
    public required int? AudioSteps { get; init; }

    /// <summary>Steps between two evaluations of the latents.</summary>
    public int EvalInterval => 1;

    /// <summary>Steps are not compiled.</summary>
    public bool CompileStep => false;

    /// <inheritdoc cref="CompileStep"/>
    [JsonPropertyName("compile_step_stage1")]
    public bool CompileFirstPass => false;

    /// <inheritdoc cref="CompileStep"/>
    [JsonPropertyName("compile_step_stage2")]
    public bool CompileSecondPass => false;

    /// <inheritdoc cref="CompileStep"/>
    public bool CompileShapeless => false;

    /// <summary>Steps are computed in float32.</summary>
    [JsonPropertyName("fp32_euler")]
    public bool SingleEuler => true;

    /// <summary>Returns the profile as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Indented);
}

/// <summary>The time of a stage.</summary>
/// <param name="Stage">Id of the stage.</param>
/// <param name="Phase">Its phase in <see cref="RenderProfile.PhaseSeconds"/>.</param>
/// <param name="Steps">Progress units of the stage.</param>
/// <param name="Seconds">Time, including the loading of weights.</param>
public sealed record StageTime(string Stage, string Phase, int Steps, double Seconds);
