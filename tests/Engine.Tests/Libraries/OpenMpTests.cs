using MlxVideo.Engine.Libraries;

namespace MlxVideo.Engine.Tests.Libraries;

public sealed class OpenMpTests
{
    private const string BaseDirectory = "/apps/mlx-video/";
    private const string InRuntimes = "/apps/mlx-video/runtimes/osx-arm64/native/libomp.dylib";
    private const string NextToProgram = "/apps/mlx-video/libomp.dylib";

    private readonly List<string> _loaded = [];

    [Theory]
    [InlineData(InRuntimes, InRuntimes)]
    [InlineData(NextToProgram, NextToProgram)]
    [InlineData(InRuntimes, InRuntimes, NextToProgram)]
    [InlineData(InRuntimes, InRuntimes, OpenMp.HomebrewFile)]
    public void Packaged_runtime_is_loaded_wherever_the_build_put_it(string expected, params string[] files)
    {
        Assert.Null(Load(files));
        Assert.Equal(expected, Assert.Single(_loaded));
    }

    [Fact]
    public void Homebrew_replaces_a_missing_runtime_without_being_loaded()
    {
        Assert.Null(Load([OpenMp.HomebrewFile]));
        Assert.Empty(_loaded);
    }

    [Fact]
    public void Homebrew_replaces_a_runtime_that_the_system_refuses() =>
        Assert.Null(Load([InRuntimes, OpenMp.HomebrewFile], refuses: true));

    [Fact]
    public void Missing_runtime_is_reported_in_one_sentence_with_its_places_and_the_remedy() =>
        Assert.Equal(
            "libomp.dylib, which libtorch needs, is missing from /apps/mlx-video/ and its subfolder runtimes/osx-arm64/native: build "
            + "again, or install Homebrew's copy with 'brew install libomp'.",
            Load([]));

    [Fact]
    public void Refused_runtime_is_reported_in_one_sentence_with_its_path_and_the_remedy() =>
        Assert.Equal(
            $"macOS does not load {InRuntimes}, which libtorch needs: build again, or install Homebrew's copy with 'brew install libomp'.",
            Load([InRuntimes], refuses: true));

    private string? Load(string[] files, bool refuses = false) => OpenMp.Load(BaseDirectory, files.Contains, path =>
    {
        _loaded.Add(path);
        return !refuses;
    });
}
