namespace MlxVideo.Cli.Generate.Requests;

/// <summary>What is reported while a clip is rendered, and afterwards.</summary>
public sealed record ReportingSettings
{
    /// <summary>Print the time of each phase.</summary>
    public bool Profile { get; init; }

    /// <summary>Absolute path of the JSON profile; null for none.</summary>
    public string? ProfileFile { get; init; }

    /// <summary>Print the memory in use after each stage.</summary>
    public bool MemoryLog { get; init; }

    /// <summary>Print statistics of each stage's results.</summary>
    public bool Statistics { get; init; }

    /// <summary>Print mlx-video's progress events.</summary>
    public bool Events { get; init; }

    /// <summary>Intervals of mlx-video's progress lines; null for no such lines.</summary>
    public EchoIntervals? Echo { get; init; }
}

/// <summary>Intervals between two of mlx-video's progress lines.</summary>
/// <param name="Denoise">Denoise steps.</param>
/// <param name="Decode">Decoded frames.</param>
public sealed record EchoIntervals(int Denoise, int Decode);
