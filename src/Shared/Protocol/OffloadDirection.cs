namespace MlxVideo.Shared.Protocol;

/// <summary>Direction of the data exchanged by two workers that share guided steps.</summary>
public enum OffloadDirection
{
    /// <summary>The tokens of a step, sent to the helper.</summary>
    Tokens,

    /// <summary>The predictions of the helper's evaluations, sent back.</summary>
    Velocities,
}
