using MlxVideo.Shared.Errors;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>The launcher's checks and settings on a Mac.</summary>
public sealed class LauncherOnMacTests : IDisposable
{
    private const string LowMark = "PYTORCH_MPS_LOW_WATERMARK_RATIO";
    private const string HighMark = "PYTORCH_MPS_HIGH_WATERMARK_RATIO";

    private readonly LauncherSandbox _launcher = new();

    [Theory]
    [InlineData("14.7.1", "this Mac has macOS 14.7.1, and libtorch needs macOS 15 or later; update it in System Settings")]
    [InlineData("12.6", "this Mac has macOS 12.6, and libtorch needs macOS 15 or later; update it in System Settings")]
    public async Task Older_macOS_is_refused(string version, string sentence)
    {
        _launcher.SetMac(version, translated: false);
        await AssertRefusedAsync(sentence);
    }

    [Theory]
    [InlineData("15.0")]
    [InlineData("15.6.1")]
    [InlineData("26.1")]
    public async Task MacOS_15_and_later_is_accepted(string version)
    {
        _launcher.SetMac(version, translated: false);
        (await _launcher.RunAsync("farm", "status")).AssertDone();
    }

    [Fact]
    public async Task Version_number_for_old_programs_is_not_mistaken_for_the_version()
    {
        _launcher["SYSTEM_VERSION_COMPAT"] = "1";
        (await _launcher.RunAsync("farm", "status")).AssertDone();
    }

    [Fact]
    public async Task Rosetta_is_refused()
    {
        _launcher.SetSystem("Darwin", "x86_64");
        _launcher.SetMac("15.5", translated: true);
        await AssertRefusedAsync(
            "this shell runs under Rosetta, which would install software for Intel; type: arch -arm64 ./mlx-video ...");
    }

    [Fact]
    public async Task Intel_Mac_is_refused()
    {
        _launcher.SetSystem("Darwin", "x86_64");
        _launcher.SetMac("15.5", translated: null);
        await AssertRefusedAsync("this Mac has an Intel processor, which libtorch does not support; use a Mac with Apple Silicon");
    }

    [SkippableFact]
    public async Task Homebrew_folders_are_prepended_to_a_path_without_them()
    {
        SkipWithRealHomebrew();
        _launcher["PATH"] = _launcher.Stubs;
        Assert.Equal(
            $"{_launcher.Stubs}:/opt/homebrew/bin:/usr/local/bin:{_launcher.Stubs}", (await EnvironmentAsync("farm", "status"))["PATH"]);
    }

    [Fact]
    public async Task Homebrew_folders_in_the_path_keep_their_places()
    {
        var path = $"{_launcher.Stubs}:/usr/local/bin:/opt/homebrew/bin";
        _launcher["PATH"] = path;
        Assert.Equal($"{_launcher.Stubs}:{path}", (await EnvironmentAsync("farm", "status"))["PATH"]);
    }

    [Theory]
    [InlineData(null, null, "0.9", "0.95")]
    [InlineData("0.5", null, "0.5", "0.95")]
    [InlineData(null, "0.8", "0.8", "0.8")]
    [InlineData("0.6", "1.1", "0.6", "1.1")]
    [InlineData(null, "0.4", "0.4", "0.4")] // libtorch refuses a low mark above the high one
    [InlineData("1.2", null, "1.2", "1.2")]
    [InlineData(null, "0", "0.9", "0")] // no limit
    public async Task Metal_memory_is_limited_unless_the_user_has_set_the_limits(
        string? low, string? high, string expectedLow, string expectedHigh)
    {
        if (low is not null)
            _launcher[LowMark] = low;
        if (high is not null)
            _launcher[HighMark] = high;
        var environment = await EnvironmentAsync("generate");
        Assert.Equal((expectedLow, expectedHigh), (environment[LowMark], environment[HighMark]));
    }

    [SkippableTheory]
    [InlineData("Worker", "worker")]
    [InlineData("Cli", "generate")]
    [InlineData("Benchmarks", "bench", "engine")]
    public async Task Libraries_of_the_executable_are_a_fallback_before_those_of_the_system(string project, params string[] arguments)
    {
        Skip.If(OperatingSystem.IsMacOS(), "macOS removes this variable from the environment of the stub, whose shell it protects.");
        var packaged = Path.Combine(_launcher.Checkout, "artifacts/bin", project, "release/runtimes/osx-arm64/native");
        Assert.Equal($"{packaged}:/usr/local/lib:/usr/lib", (await EnvironmentAsync(arguments))["DYLD_FALLBACK_LIBRARY_PATH"]);
    }

    [SkippableFact]
    public async Task Missing_Homebrew_is_named_with_its_address()
    {
        SkipWithRealHomebrew();
        _launcher.Remove("ffmpeg");
        _launcher.Remove("brew");
        await AssertRefusedAsync("ffmpeg is missing; install Homebrew (https://brew.sh), then type: brew install ffmpeg");
    }

    [SkippableFact]
    public async Task Missing_program_is_installed_with_Homebrew_even_if_there_is_an_apt()
    {
        SkipWithRealHomebrew();
        var ffmpeg = Path.Combine(_launcher.Stubs, "ffmpeg");
        _launcher.Remove("ffmpeg");
        _launcher.AddStub("apt-get", "exit 1");
        _launcher.AddStub("brew", $"[ \"$*\" = 'install ffmpeg' ] && cp \"$0\" {ffmpeg}");
        var result = await _launcher.RunAsync("setup");
        result.AssertDone();
        Assert.Equal("mlx-video: installing ffmpeg with Homebrew\n", result.Error);
    }

    [SkippableFact]
    public async Task Failed_installation_is_reported_with_the_command_to_repeat()
    {
        SkipWithRealHomebrew();
        _launcher.Remove("ffprobe");
        var result = await _launcher.RunAsync("setup");
        result.AssertFailed(ExitCodes.Failed, "ffmpeg is missing and could not be installed; type: brew install ffmpeg");
    }

    /// <inheritdoc/>
    public void Dispose() => _launcher.Dispose();

    private static void SkipWithRealHomebrew() =>
        Skip.If(Directory.Exists("/opt/homebrew/bin"), "The real Homebrew would be found.");

    private async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(params string[] arguments)
    {
        var result = await _launcher.RunAsync(arguments);
        result.AssertDone();
        return LauncherSandbox.EnvironmentIn(result);
    }

    private async Task AssertRefusedAsync(string sentence)
    {
        var result = await _launcher.RunAsync("generate", "--prompt", "A red fox");
        Assert.Equal((ExitCodes.Failed, $"mlx-video: {sentence}\n", ""), (result.ExitCode, result.Error, result.Output));
        Assert.Empty(_launcher.Builds);
    }
}
