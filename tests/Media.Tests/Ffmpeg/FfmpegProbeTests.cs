using MlxVideo.Media.Ffmpeg;

namespace MlxVideo.Media.Tests.Ffmpeg;

public sealed class FfmpegProbeTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Installed_ffmpeg_has_a_version_and_all_encoders()
    {
        var probe = await FfmpegProbe.RunAsync(Programs.Tools, CancellationToken.None);
        Assert.Matches("^[nN]?[0-9]", probe.Version);
        Assert.Empty(probe.MissingEncoders);
    }

    [Fact]
    public async Task Missing_encoder_is_named_even_if_another_has_a_similar_name()
    {
        var ffmpeg = _folder.Script(
            "ffmpeg",
            "case $2 in\n"
            + "-version) echo 'ffmpeg version 7.1 Copyright';;\n"
            + "-encoders) echo ' V....D libx264rgb  libx264 H.264'; echo ' A....D aac  AAC (Advanced Audio Coding)';;\n"
            + "esac\n");
        var probe = await FfmpegProbe.RunAsync(new FfmpegTools(ffmpeg, ffmpeg), CancellationToken.None);
        Assert.Equal("7.1", probe.Version);
        Assert.Equal(["libx264"], probe.MissingEncoders);
    }

    [Fact]
    public async Task Program_that_fails_is_reported_with_its_message()
    {
        var ffmpeg = _folder.Script("ffmpeg", "echo 'libavcodec.so: cannot open shared object file' >&2; exit 127\n");
        var ex = await Assert.ThrowsAsync<MediaException>(
            () => FfmpegProbe.RunAsync(new FfmpegTools(ffmpeg, ffmpeg), CancellationToken.None));
        Assert.Equal($"{ffmpeg} -version failed: libavcodec.so: cannot open shared object file", ex.Message);
    }
}
