using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Sound;
using MlxVideo.Shared.Manifests;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Rendering;

/// <summary>
/// Muxes a clip on another thread while its tiles are being decoded. At most one decoded tile waits for the encoder; decoding the next one
/// has to wait until the encoder has taken it.
/// </summary>
internal sealed class StreamedMux : IDisposable
{
    private readonly BlockingCollection<string> _tiles = new(boundedCapacity: 1);
    private readonly CancellationTokenSource _stop;
    private readonly Task<Waveform?> _muxing;
    private readonly Task _ended;

    /// <summary>Starts muxing.</summary>
    /// <param name="frameCount">Number of frames of the clip.</param>
    /// <param name="fileOf">
    /// Returns the file of an input other than the tiles, on another thread; all of these must exist already.
    /// </param>
    public StreamedMux(
        ClipMuxer muxer, MuxStage stage, ClipOrigin origin, int frameCount, Func<string, string> fileOf, string output,
        CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _muxing = Task.Run(() => muxer.MuxArrivingAsync(
            stage, origin, frameCount, fileOf, () => _tiles.Take(_stop.Token), File.Delete, output, _stop.Token));
        // A failed encoder takes no more tiles: without this, the decoder would wait for it forever.
        _ended = _muxing.ContinueWith(
            muxing =>
            {
                if (!muxing.IsCompletedSuccessfully)
                    _stop.Cancel();
            },
            TaskScheduler.Default);
    }

    /// <summary>Hands over the next tile; waits while another one waits for the encoder.</summary>
    /// <exception cref="IOException">Muxing has failed.</exception>
    /// <exception cref="OperationCanceledException">The render was cancelled.</exception>
    public void Add(string tile)
    {
        try
        {
            _tiles.Add(tile, _stop.Token);
        }
        catch (OperationCanceledException) when (_muxing.IsFaulted)
        {
            ExceptionDispatchInfo.Throw(_muxing.Exception.InnerException!);
        }
    }

    /// <summary>Waits for the clip and returns its audio as encoded; null for a silent clip.</summary>
    /// <exception cref="IOException">Muxing has failed.</exception>
    public Waveform? Finish() => _muxing.GetAwaiter().GetResult();

    /// <summary>Stops muxing if it is still running, and waits until it has removed its files.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _ended.GetAwaiter().GetResult();
        _stop.Dispose();
        _tiles.Dispose();
    }
}
