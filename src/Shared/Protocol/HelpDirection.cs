namespace MlxVideo.Shared.Protocol;

/// <summary>What goes from one to the other of two workers that share guided steps.</summary>
public enum HelpDirection
{
    /// <summary>A step's tokens, to the helper.</summary>
    Tokens,

    /// <summary>What the helper's passes predict, back.</summary>
    Velocities,
}
