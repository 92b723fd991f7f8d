using MlxVideo.Engine.Checkpoints;
using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Safetensors;
using MlxVideo.Shared.Security;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Errors;

/// <summary>Error messages for users.</summary>
public static class ErrorMessages
{
    /// <summary>
    /// Returns the message of an error with an external cause (files, networks, models, ffmpeg); any other exception is described as an
    /// internal error, with the way to see its details.
    /// </summary>
    public static string Describe(Exception ex) => ex switch
    {
        OperationCanceledException => "Interrupted.",
        UsageException or FarmApiException or FarmTokenException or StageException or UnauthorizedAccessException or IOException =>
            ex.Message,
        _ => $"Internal error in mlx-video ({ex.GetType().Name}: {ex.Message}); add --verbose for a stack trace, and report it.",
    };
}
