using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Errors;

/// <summary>What users are told of an exception.</summary>
public static class ErrorMessages
{
    /// <summary>
    /// One sentence for a fault that has a cause outside this program (files, networks, models, ffmpeg); for any other, that it
    /// is ours and how to see more of it.
    /// </summary>
    public static string Describe(Exception ex) => ex switch
    {
        OperationCanceledException => "Interrupted.",
        UsageException or FarmApiException or StageException or UnauthorizedAccessException or IOException => ex.Message,
        _ => $"This is a fault in mlx-video itself ({ex.GetType().Name}: {ex.Message}); add --verbose to see where, and report it.",
    };
}
