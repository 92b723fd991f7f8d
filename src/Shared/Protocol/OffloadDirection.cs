namespace MlxVideo.Shared.Protocol;

/// <summary>What goes from one to the other of two workers that share guided steps.</summary>
public enum OffloadDirection
{
    /// <summary>A step's tokens, to the helper.</summary>
    Tokens,

    /// <summary>What the helper's evaluations predict, back.</summary>
    Velocities,
}
