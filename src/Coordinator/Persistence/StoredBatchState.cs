using MlxVideo.Farm.State;

namespace MlxVideo.Coordinator.Persistence;

/// <summary>The state of an ended batch in the archive, in the stored form of snapshots.</summary>
internal static class StoredBatchState
{
    /// <summary>Returns the stored form of a batch.</summary>
    public static byte[] Write(Batch ended)
    {
        using var buffer = new MemoryStream();
        ProtoBuf.Serializer.Serialize(buffer, StateMapping.ToStored(ended));
        return buffer.ToArray();
    }

    /// <summary>Returns the batch of a stored form. Failures of its workers are not restored: they may be in order again.</summary>
    public static RecoveredBatch Read(byte[] stored) =>
        StateMapping.ToDomain(ProtoBuf.Serializer.Deserialize<StoredBatch>(stored.AsSpan())) with
        {
            Failures = new Dictionary<WorkerKind, int>(),
        };
}
