namespace MlxVideo.Shared.Security;

/// <summary>Roles of the farm's certificates.</summary>
public enum FarmRole
{
    /// <summary>The coordinator: the only role that a client accepts as the farm's server.</summary>
    Coordinator,

    /// <summary>A worker.</summary>
    Worker,
}
