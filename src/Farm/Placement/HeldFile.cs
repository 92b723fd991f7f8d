namespace MlxVideo.Farm.Placement;

/// <summary>A file that stages read, and the workers that need not fetch it.</summary>
/// <param name="bytes">Its length.</param>
/// <param name="holders">Indices of the slots that hold it.</param>
internal sealed class HeldFile(double bytes, IReadOnlyList<int> holders)
{
    private readonly List<int> _holders = [.. holders];

    /// <summary>Its length.</summary>
    public double Bytes => bytes;

    /// <summary>True when a worker has it.</summary>
    public bool IsHeldBy(Slot slot) => _holders.Contains(slot.Index);

    /// <summary>A worker has it from now on, in a forecast.</summary>
    public void Hold(Slot slot) => _holders.Add(slot.Index);

    /// <summary>Forgets what forecasts made of it.</summary>
    public void Reset() => _holders.RemoveRange(holders.Count, _holders.Count - holders.Count);
}
