using MlxVideo.Cli.Chaos.Batches;
using MlxVideo.Cli.Chaos.Plan;
using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Cli.Chaos.Verification;

/// <summary>Compares the frames of delivered clips with those of an undisturbed run.</summary>
internal static class FrameComparison
{
    /// <summary>Returns the hashes of all frames of delivered clips, by file name.</summary>
    /// <param name="folders">The batches with their output folders.</param>
    public static async Task<IReadOnlyDictionary<string, string>> HashesAsync(
        FfmpegTools tools, IEnumerable<(PlannedBatch Batch, string Folder)> folders, CancellationToken cancellationToken)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (batch, folder) in folders)
        {
            foreach (var name in DeliveredFolder.Files(folder).Intersect(batch.Rows.Select(row => row.Output)))
                hashes[name] = await HashAsync(tools, Path.Combine(folder, name), cancellationToken);
        }

        return hashes;
    }

    /// <summary>Returns the clips with different frames; a clip missing on one side is reported elsewhere.</summary>
    public static IEnumerable<string> FindProblems(
        IReadOnlyDictionary<string, string> undisturbed, IReadOnlyDictionary<string, string> disturbed) =>
        from clip in disturbed
        where undisturbed.TryGetValue(clip.Key, out var expected) && clip.Value != expected
        select $"{clip.Key} has the framemd5 {clip.Value} instead of {undisturbed[clip.Key]}.";

    private static async Task<string> HashAsync(FfmpegTools tools, string file, CancellationToken cancellationToken)
    {
        try
        {
            return await FrameHash.Md5Async(tools, file, cancellationToken);
        }
        catch (MediaException ex)
        {
            return ex.Message; // differs from every hash
        }
    }
}
