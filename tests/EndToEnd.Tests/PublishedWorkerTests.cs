using System.Diagnostics;
using System.Runtime.InteropServices;
using MlxVideo.Cli.Files;
using MlxVideo.Cli.LocalFarms;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>A worker as the deploy folder installs it: published with its own runtime, and started where no dotnet is installed.</summary>
public sealed class PublishedWorkerTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BuildPatience = TimeSpan.FromMinutes(15);

    private readonly TemporaryFolder _folder = new();

    [SkippableFact]
    public async Task Worker_published_with_its_runtime_joins_over_tls_and_renders_without_dotnet()
    {
        var program = await PublishAsync();
        Assert.False(Directory.Exists(Path.Combine(Path.GetDirectoryName(program)!, "runtimes"))); // it is a build for this platform only

        var data = _folder["coordinator/data"];
        (await CliAsync("farm", "init", "--data", data)).AssertDone();
        FastDetection.Write(data, new Dictionary<string, string> { ["Coordinator:Tls"] = "On" });
        await using var coordinator = Daemon.Start(
            "Coordinator", "coordinator", _folder["coordinator"], "--listen", "127.0.0.1", "--cluster-port", "0", "--http-port", "0");
        var api = (await coordinator.ReadyAsync(CancellationToken.None).WaitAsync(Patience))["http"];
        Assert.StartsWith("https://", api, StringComparison.Ordinal);
        var line = await CliAsync("farm", "token", "--api", api);
        line.AssertDone();
        var words = line.Output.Split(' ').ToList();

        using var worker = Process.Start(WorkerStart(
            program, "--join", words[words.IndexOf("--join") + 1], "--token", words[words.IndexOf("--token") + 1]))!;
        try
        {
            Assert.StartsWith("ready worker", await ReadyLineAsync(worker), StringComparison.Ordinal);
            var csv = _folder.Write("rows.csv", "prompt,width,height,num_frames\na fox,256,256,17\n");
            (await CliAsync("farm", "submit", csv, "--wait", "--output", _folder["clips"], "--api", api)).AssertDone();
            Assert.Single(Directory.EnumerateFiles(_folder["clips"], "*.mp4"));
            await Signals.TerminateAsync(worker.Id);
            await worker.WaitForExitAsync().WaitAsync(Patience);
            Assert.Equal(0, worker.ExitCode); // the service manager starts it again otherwise
        }
        finally
        {
            if (!worker.HasExited)
                worker.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Publishes the worker outside the checkout, whose build the other tests use, and returns its program.</summary>
    private async Task<string> PublishAsync()
    {
        string[] arguments =
        [
            "publish", Path.Combine(SourceTree(), "src", "Worker"), "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier,
            "--self-contained", "-o", _folder["published"], $"-p:ArtifactsPath={_folder["artifacts"]}", "-p:UseSharedCompilation=false",
            "-nodeReuse:false", "--nologo", "-v", "quiet",
        ];
        using var publish = Process.Start(
            new ProcessStartInfo(Installation.Dotnet, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = publish.StandardError.ReadToEndAsync();
        var output = await publish.StandardOutput.ReadToEndAsync().WaitAsync(BuildPatience);
        await publish.WaitForExitAsync().WaitAsync(BuildPatience);
        Skip.If(
            output.Contains("NU1301", StringComparison.Ordinal) || output.Contains("NU1101", StringComparison.Ordinal),
            "The runtime's package can't be downloaded.");
        Assert.True(publish.ExitCode == 0, output + await error);
        return Path.Combine(_folder["published"], "MlxVideo.Worker");
    }

    private ProcessStartInfo WorkerStart(string program, params string[] joining)
    {
        string[] arguments =
        [
            .. joining, "--name", "published", "--model", model.Folder, "--device", "cpu", "--data", _folder["worker"], "--listen",
            "127.0.0.1",
        ];
        Directory.CreateDirectory(_folder["bin"]);
        foreach (var tool in new[] { "ffmpeg", "ffprobe" })
            File.CreateSymbolicLink(Path.Combine(_folder["bin"], tool), OnPath(tool));
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment.Clear();
        start.Environment["PATH"] = _folder["bin"];
        start.Environment["HOME"] = _folder["home"];
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // diagnostic sockets would outlive a killed process
        return start;
    }

    private static async Task<string> ReadyLineAsync(Process worker)
    {
        while (await worker.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.StartsWith("ready ", StringComparison.Ordinal))
                return line;
        }

        return "The worker ended before it was ready.";
    }

    private static string OnPath(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).First(File.Exists);

    private static string SourceTree()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MlxVideo.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside a checkout.");
        return folder.FullName;
    }

    private Task<CliResult> CliAsync(params string[] arguments) => CliProcess.RunAsync(
        new Dictionary<string, string?> { ["XDG_CONFIG_HOME"] = _folder["config"], ["HOME"] = _folder["home"] }, arguments);
}
