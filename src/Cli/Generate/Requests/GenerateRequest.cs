using MlxVideo.Engine.Kernels;
using MlxVideo.Engine.Models;
using MlxVideo.Media.Clips;
using MlxVideo.Shared.Inputs;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Renders;

namespace MlxVideo.Cli.Generate.Requests;

/// <summary>The arguments of <c>generate</c>.</summary>
public sealed record GenerateRequest
{
    /// <summary>Settings of the clip, with the properties of its files, which are not hashed (<see cref="InputSettings"/>).</summary>
    public RenderSettings Settings { get; init; } = new() { Prompt = "" };

    /// <summary>True when a guided pipeline takes as many steps as the official one for the model's version.</summary>
    public bool TakesOfficialSteps { get; init; }

    /// <summary>Sentences that tell the user how the arguments were understood.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>The clip's files.</summary>
    public ClipInputs Inputs { get; init; } = ClipInputs.None;

    /// <summary>Absolute path of the clip to write.</summary>
    public string Output { get; init; } = "";

    /// <summary>Absolute path of the WAV file to write; null for none.</summary>
    public string? OutputAudio { get; init; }

    /// <summary>Absolute path of the folder to write frames to; null for none.</summary>
    public string? OutputFrames { get; init; }

    /// <summary>The clip to render again, which replaces the settings; null for a new one.</summary>
    public Replay? Replay { get; init; }

    /// <summary>True to encode tiles while later ones are decoded.</summary>
    public bool Stream { get; init; }

    /// <summary>Previews while the clip is decoded; null for none.</summary>
    public PreviewSettings? Preview { get; init; }

    /// <summary>Files of the model; null for the built-in one.</summary>
    public ModelLocation? Model { get; init; }

    /// <summary>What is reported; only progress by default.</summary>
    public ReportingSettings Reporting { get; init; } = new();

    /// <summary>Number of CPU threads.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Memory for weights and activations together in GiB; null for the device's.</summary>
    public double? Memory { get; init; }

    /// <summary>Memory for weights in GiB; null for the device memory not needed for activations.</summary>
    public double? WeightMemory { get; init; }

    /// <summary>Device, dtype and kernels; the machine's best by default.</summary>
    public ComputeSettings Compute { get; init; } = new();

    /// <summary>Adapters and quantization; unmodified weights by default.</summary>
    public LoadOptions Load { get; init; } = LoadOptions.AsStored;
}
