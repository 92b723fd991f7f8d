namespace MlxVideo.Coordinator.Farm;

/// <summary>Where the coordinator's HTTP API listens; null until it does (its port may be chosen by the system).</summary>
public sealed class ApiAddress
{
    private volatile Uri? _value;

    /// <summary>The address that workers use.</summary>
    public Uri? Value
    {
        get => _value;
        set => _value = value;
    }
}
