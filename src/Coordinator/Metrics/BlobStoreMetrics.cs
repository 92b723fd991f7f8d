using System.Diagnostics.Metrics;
using MlxVideo.Shared.Artefacts;

namespace MlxVideo.Coordinator.Metrics;

/// <summary>Gauges of the blob store. Its size is determined when it is read, from the folder, but not more often than necessary.</summary>
public sealed class BlobStoreMetrics
{
    /// <summary>Time for which a size is reported again: the folder of a large farm takes a while to list.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private readonly BlobStore _store;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private long? _size;
    private long _readAt;

    public BlobStoreMetrics(IMeterFactory meters, BlobStore store, TimeProvider time)
    {
        (_store, _time) = (store, time);
        var meter = meters.Create(FarmMetrics.MeterName);
        meter.CreateObservableGauge("mlxvideo.blob_store.size", Size, "By", "Size of the stored and arriving blobs.");
        meter.CreateObservableGauge("mlxvideo.blob_store.free", () => store.FreeBytes, "By", "Free space on the store's disk.");
        if (store.QuotaBytes is { } quota)
            meter.CreateObservableGauge("mlxvideo.blob_store.quota", () => quota, "By", "Maximum size of the stored and arriving blobs.");
    }

    private IEnumerable<Measurement<long>> Size()
    {
        lock (_gate)
        {
            if (_size is null || _time.GetElapsedTime(_readAt) >= Lifetime)
                (_size, _readAt) = (ReadSize() ?? _size, _time.GetTimestamp());
            return _size is { } size ? [new(size)] : [];
        }
    }

    private long? ReadSize()
    {
        try
        {
            return _store.UsedBytes();
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            return null; // a fault of the folder is reported when something is stored
        }
    }
}
