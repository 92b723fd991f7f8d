namespace MlxVideo.Shared.Artefacts;

/// <summary>The space available to a store: on its disk and under its quota, minus what is arriving. Safe for concurrent use.</summary>
/// <param name="folder">Folder of the store, for messages.</param>
/// <param name="quotaBytes">Maximum size of the store; null for none.</param>
/// <param name="usedBytes">Computes the current size of the store; called only under a quota.</param>
internal sealed class StoreSpace(string folder, Volume volume, long? quotaBytes, Func<long> usedBytes)
{
    private readonly Lock _gate = new();
    private long _arrivingBytes;

    /// <summary>Returns why a file does not fit; null when it fits.</summary>
    public StorageException? FindShortage(long bytes)
    {
        lock (_gate)
        {
            var free = volume.FreeBytes;
            if (free - _arrivingBytes < bytes + volume.ReserveBytes)
                return StorageException.Full(folder, free, bytes);
            return quotaBytes is { } quota && usedBytes() is var used && used + _arrivingBytes + bytes > quota
                ? StorageException.OverQuota(folder, quota, used, bytes)
                : null;
        }
    }

    /// <summary>Reserves space for an arriving file.</summary>
    /// <exception cref="StorageException">The file does not fit.</exception>
    public Reservation Reserve(long bytes)
    {
        lock (_gate)
        {
            if (FindShortage(bytes) is { } shortage)
                throw shortage;
            _arrivingBytes += bytes;
            return new Reservation(this, bytes);
        }
    }

    /// <summary>The space of an arriving file that has not been written yet.</summary>
    public sealed class Reservation(StoreSpace space, long bytes) : IDisposable
    {
        private long _left = bytes;

        /// <summary>Records written bytes, which the disk now counts.</summary>
        public void Written(long count) => Release(Math.Min(count, _left));

        /// <inheritdoc/>
        public void Dispose() => Release(_left);

        private void Release(long count)
        {
            _left -= count;
            lock (space._gate)
                space._arrivingBytes -= count;
        }
    }
}
