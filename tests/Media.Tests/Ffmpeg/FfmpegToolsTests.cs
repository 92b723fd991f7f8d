using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Tests.Ffmpeg;

public sealed class FfmpegToolsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Programs_are_found_on_the_path()
    {
        Assert.True(File.Exists(Programs.Tools.Ffmpeg));
        Assert.True(File.Exists(Programs.Tools.Ffprobe));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/nowhere")]
    public void Missing_ffmpeg_is_reported_with_installation_instructions(string searchPath)
    {
        var ex = Assert.Throws<MediaException>(() => FfmpegTools.Find(searchPath));
        Assert.Equal(
            "ffmpeg is not on the PATH: install it with 'apt-get install ffmpeg' (Debian, Ubuntu) or 'brew install ffmpeg' (macOS), or add "
                + "its folder to the PATH.",
            ex.Message);
    }

    [Fact]
    public void Non_executable_file_is_ignored_and_a_missing_ffprobe_is_reported()
    {
        var folder = Path.GetDirectoryName(_folder.Script("ffmpeg", ""))!;
        File.WriteAllText(Path.Combine(folder, "ffprobe"), "");
        Assert.StartsWith(
            "ffprobe is not on the PATH", Assert.Throws<MediaException>(() => FfmpegTools.Find(folder)).Message, StringComparison.Ordinal);
        var probe = _folder.Script("ffprobe", "");
        Assert.Equal(new FfmpegTools(Path.Combine(folder, "ffmpeg"), probe), FfmpegTools.Find($"/nowhere{Path.PathSeparator}{folder}"));
    }

    [Fact]
    public async Task Program_that_has_disappeared_is_reported()
    {
        var ex = await Assert.ThrowsAsync<MediaException>(
            () => FrameHash.Md5Async(new FfmpegTools("/nowhere/ffmpeg", "/nowhere/ffprobe"), "clip.mp4", CancellationToken.None));
        Assert.StartsWith("/nowhere/ffmpeg can't be started: ", ex.Message, StringComparison.Ordinal);
    }
}
