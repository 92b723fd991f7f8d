using MlxVideo.Media.Clips;
using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Tests.Ffmpeg;

public sealed class FfmpegToolsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Programs_are_found_in_the_folders_of_the_path()
    {
        Assert.True(File.Exists(Programs.Tools.Ffmpeg));
        Assert.True(File.Exists(Programs.Tools.Ffprobe));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/nowhere")]
    public void A_missing_ffmpeg_is_one_sentence_that_tells_how_to_get_it(string searchPath)
    {
        var fault = Assert.Throws<MediaException>(() => FfmpegTools.Find(searchPath));
        Assert.Equal(
            "ffmpeg is not on the PATH: install it with 'apt-get install ffmpeg' (Debian, Ubuntu) or 'brew install ffmpeg' (macOS), or add "
                + "its folder to the PATH.",
            fault.Message);
    }

    [Fact]
    public void A_file_that_is_no_program_is_not_taken_and_a_missing_ffprobe_is_told()
    {
        var folder = Path.GetDirectoryName(_folder.Script("ffmpeg", ""))!;
        File.WriteAllText(Path.Combine(folder, "ffprobe"), "");
        Assert.StartsWith(
            "ffprobe is not on the PATH", Assert.Throws<MediaException>(() => FfmpegTools.Find(folder)).Message, StringComparison.Ordinal);
        var probe = _folder.Script("ffprobe", "");
        Assert.Equal(new FfmpegTools(Path.Combine(folder, "ffmpeg"), probe), FfmpegTools.Find($"/nowhere{Path.PathSeparator}{folder}"));
    }

    [Fact]
    public async Task A_program_that_has_gone_since_is_told()
    {
        var fault = await Assert.ThrowsAsync<MediaException>(
            () => FrameHash.Md5(new FfmpegTools("/nowhere/ffmpeg", "/nowhere/ffprobe"), "clip.mp4", CancellationToken.None));
        Assert.StartsWith("/nowhere/ffmpeg can't be started: ", fault.Message, StringComparison.Ordinal);
    }
}
