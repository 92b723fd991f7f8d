using MlxVideo.Shared.Errors;

namespace MlxVideo.Architecture.Tests.Shell;

/// <summary>The launcher on any system: arguments, prerequisites, builds and exit codes.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly LauncherSandbox _launcher = new();

    [Theory]
    [InlineData("there is no test project 'Nope'; available: golden operators Farm.Tests", "test", "Nope")]
    [InlineData("test takes at most one argument, a test project, but got: Farm golden", "test", "Farm", "golden")]
    [InlineData("build takes no arguments, but got: Worker", "build", "Worker")]
    [InlineData("setup takes no arguments, but got: ffmpeg now", "setup", "ffmpeg", "now")]
    public async Task Bad_argument_ends_with_code_2_before_anything_is_installed(string sentence, params string[] arguments)
    {
        _launcher.Remove("dotnet");
        _launcher.Remove("ffmpeg");
        var result = await _launcher.RunAsync(arguments);
        Assert.Equal((ExitCodes.BadInput, $"mlx-video: {sentence}\n"), (result.ExitCode, result.Error));
    }

    [Theory]
    [InlineData("setup", "--help")]
    [InlineData("build", "-h")]
    [InlineData("test", "-?")]
    [InlineData("bench", "--help")]
    [InlineData("bench")]
    public async Task Help_needs_no_prerequisites_and_no_supported_system(params string[] arguments)
    {
        _launcher.SetMac("12.6", translated: null);
        _launcher.Remove("dotnet");
        var result = await _launcher.RunAsync(arguments);
        result.AssertDone();
        Assert.Contains($"mlx-video {arguments[0]}", result.Output);
    }

    [Fact]
    public async Task Executables_are_built_once_for_unchanged_sources_and_get_their_arguments()
    {
        var first = await _launcher.RunAsync("worker", "--name", "two words");
        first.AssertDone();
        Assert.Equal(["src/Coordinator", "src/Worker", "src/Cli"], _launcher.Builds);
        var assembly = Path.Combine(_launcher.Checkout, "artifacts/bin/Worker/release/MlxVideo.Worker.dll");
        Assert.Contains($"arguments: {assembly} --name two words\n", first.Output);
        (await _launcher.RunAsync("farm", "status")).AssertDone();
        Assert.Equal(3, _launcher.Builds.Count);
    }

    [Fact]
    public async Task Completion_builds_and_installs_nothing()
    {
        Assert.Equal("test\n", (await _launcher.RunAsync("[suggest]", "./mlx-video te")).Output);
        Assert.Equal("Farm\n", (await _launcher.RunAsync("[suggest]", "./mlx-video test F")).Output);
        var assembly = Path.Combine(_launcher.Checkout, "artifacts/bin/Worker/release/MlxVideo.Worker.dll");
        Directory.CreateDirectory(Path.GetDirectoryName(assembly)!);
        File.WriteAllText(assembly, "");
        var worker = await _launcher.RunAsync("[suggest]", "./mlx-video worker --na");
        worker.AssertDone();
        Assert.Contains($"arguments: {assembly} [suggest] ./mlx-video worker --na\n", worker.Output);
        _launcher.Remove("dotnet");
        var without = await _launcher.RunAsync("[suggest]", "./mlx-video worker --na");
        Assert.Equal((ExitCodes.Done, "", ""), (without.ExitCode, without.Output, without.Error));
        Assert.Empty(_launcher.Builds);
    }

    [Fact]
    public async Task Completion_script_comes_from_an_earlier_build_and_gets_the_path_of_the_launcher()
    {
        var first = await _launcher.RunAsync("completion", "bash");
        first.AssertDone();
        Assert.Equal($"{_launcher.Checkout}/mlx-video", LauncherSandbox.EnvironmentIn(first)["MLXVIDEO_LAUNCHER"]);
        var builds = _launcher.Builds.Count;
        var assembly = Path.Combine(_launcher.Checkout, "artifacts/bin/Cli/release/MlxVideo.Cli.dll");
        Directory.CreateDirectory(Path.GetDirectoryName(assembly)!);
        File.WriteAllText(assembly, "");
        File.WriteAllText(Path.Combine(_launcher.Checkout, "src", "newer.cs"), "");
        (await _launcher.RunAsync("completion", "bash")).AssertDone();
        Assert.Equal(builds, _launcher.Builds.Count);
    }

    [Fact]
    public async Task Failed_build_ends_with_code_1_and_its_errors()
    {
        _launcher.AddStub("dotnet", """
            case $1 in
                --list-sdks) echo "10.0.100 [/sdk]" ;;
                build) echo "Worker.cs(1,1): error CS1002: ; expected"; exit 1 ;;
            esac
            """);
        (await _launcher.RunAsync("build")).AssertFailed(ExitCodes.Failed, "error CS1002", "the build failed; the full log is ");
    }

    [Fact]
    public async Task Tests_of_one_project_are_run_and_their_absence_is_an_error()
    {
        var result = await _launcher.RunAsync("test", "Farm");
        result.AssertFailed(ExitCodes.Failed, "no tests of Farm.Tests ran");
        Assert.Contains($"arguments: test {_launcher.Checkout}/tests/Farm.Tests --no-build", result.Output);
        Assert.EndsWith("0 passed, 0 failed, 0 skipped\n", result.Output);
    }

    [Fact]
    public async Task Linux_gets_settings_for_its_allocator_and_none_of_a_Mac()
    {
        _launcher.SetSystem("Linux", "x86_64");
        foreach (var program in new[] { "sw_vers", "sysctl", "brew" })
            _launcher.Remove(program);
        _launcher["PATH"] = _launcher.Stubs;
        _launcher["MALLOC_ARENA_MAX"] = "4";
        var result = await _launcher.RunAsync("generate");
        result.AssertDone();
        var environment = LauncherSandbox.EnvironmentIn(result);
        Assert.Equal("0", environment["MALLOC_MMAP_MAX_"]);
        Assert.Equal("17179869184", environment["MALLOC_TRIM_THRESHOLD_"]);
        Assert.Equal("4", environment["MALLOC_ARENA_MAX"]);
        Assert.Equal($"{_launcher.Stubs}:{_launcher.Stubs}", environment["PATH"]); // once for the SDK's folder
        Assert.DoesNotContain(environment.Keys, name => name.StartsWith("PYTORCH_") || name.StartsWith("DYLD_"));
    }

    /// <inheritdoc/>
    public void Dispose() => _launcher.Dispose();
}
