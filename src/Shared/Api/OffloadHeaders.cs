namespace MlxVideo.Shared.Api;

/// <summary>Headers of a step's file on its way between two workers.</summary>
public static class OffloadHeaders
{
    /// <summary>The step's index.</summary>
    public const string Step = "Mlx-Video-Step";

    /// <summary>How many of its evaluations, the last ones, it is about.</summary>
    public const string Evaluations = "Mlx-Video-Evaluations";
}
