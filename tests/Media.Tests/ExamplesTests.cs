using MlxVideo.Media.Clips;
using MlxVideo.Shared.Csv;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Tiling;

namespace MlxVideo.Media.Tests;

public sealed class ExamplesTests
{
    [Fact]
    public void Example_batch_is_valid_and_covers_the_batch_features()
    {
        var content = BatchCsv.Read(Path.Combine(Root(), "examples", "prompts.csv"), new FileProbe(Programs.Tools));
        Assert.Empty(content.Errors);
        var settings = content.Rows.Select(row => row.Settings).ToList();
        Assert.Equal(10, settings.Count);
        Assert.Equal(2, content.Rows.Count(row => row.Inputs.Images.Count > 0));
        Assert.Contains(settings, clip => clip.Width * 9 == clip.Height * 16);
        Assert.Contains(settings, clip => clip.Height > clip.Width);
        Assert.Contains(settings, clip => RenderSize.For(clip) is { CropLeft: > 0, CropTop: > 0 });
        Assert.Single(
            settings, clip => TemporalTiling.Split(LatentSize.ForPixels(clip.NumFrames, clip.Width, clip.Height).Frames).Count == 2);
        Assert.Equal([24, 25, 30], settings.Select(clip => clip.Fps).Distinct().Order());
        Assert.Equal(10, settings.Select(clip => clip.Seed).Distinct().Count());
        // Small enough for a tiny model to render on two cores within the demo's time limit.
        Assert.InRange(settings.Sum(clip => (long)clip.Width * clip.Height * clip.NumFrames), 1, 8_000_000);
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MlxVideo.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests do not run inside a checkout of the repository.");
        return folder.FullName;
    }
}
