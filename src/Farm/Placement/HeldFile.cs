namespace MlxVideo.Farm.Placement;

/// <summary>A file that stages read, and the workers that already have it.</summary>
/// <param name="bytes">Length of the file.</param>
/// <param name="holders">Indices of the slots that hold it.</param>
internal sealed class HeldFile(double bytes, IReadOnlyList<int> holders)
{
    private readonly List<int> _holders = [.. holders];

    public double Bytes => bytes;

    public bool IsHeldBy(Slot slot) => _holders.Contains(slot.Index);

    /// <summary>Records in a forecast that a worker holds it.</summary>
    public void Hold(Slot slot) => _holders.Add(slot.Index);

    /// <summary>Discards the effects of forecasts.</summary>
    public void Reset() => _holders.RemoveRange(holders.Count, _holders.Count - holders.Count);
}
