using System.Globalization;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Display;

namespace MlxVideo.Worker.Models;

/// <summary>Describes the progress of a fetch in a line.</summary>
/// <param name="totalBytes">Bytes of the model.</param>
/// <param name="startBytes">Bytes that earlier fetches left.</param>
internal sealed class FetchProgress(long totalBytes, long startBytes, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();

    /// <summary>Returns the share, the size, the rate since the start and the remaining time.</summary>
    public string Describe(long doneBytes)
    {
        var seconds = time.GetElapsedTime(_began).TotalSeconds;
        var rate = seconds > 0 ? (doneBytes - startBytes) / seconds : 0;
        var percent = totalBytes == 0 ? 100 : Math.Floor(100.0 * doneBytes / totalBytes);
        var speed = $"{ByteSize.Text((long)Math.Max(0, rate))}/s";
        var remaining = rate > 0 ? $", {Readable.Duration((totalBytes - doneBytes) / rate)} left" : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"{percent:0} % ({ByteSize.Text(doneBytes)} of {ByteSize.Text(totalBytes)}), {speed}{remaining}");
    }
}
