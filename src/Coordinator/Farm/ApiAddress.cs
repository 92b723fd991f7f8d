namespace MlxVideo.Coordinator.Farm;

/// <summary>The address of the coordinator's HTTP API; null until it listens, because the system may choose the port.</summary>
public sealed class ApiAddress
{
    private volatile Uri? _value;

    /// <summary>The address for workers.</summary>
    public Uri? Value
    {
        get => _value;
        set => _value = value;
    }
}
