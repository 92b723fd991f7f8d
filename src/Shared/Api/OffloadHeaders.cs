namespace MlxVideo.Shared.Api;

/// <summary>HTTP headers of files exchanged between two workers that share a step.</summary>
public static class OffloadHeaders
{
    /// <summary>Index of the step.</summary>
    public const string Step = "Mlx-Video-Step";

    /// <summary>Number of offloaded evaluations; these are the last ones of the step.</summary>
    public const string Evaluations = "Mlx-Video-Evaluations";
}
