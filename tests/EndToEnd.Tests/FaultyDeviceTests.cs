using System.Text.RegularExpressions;
using System.Text.Json;
using MlxVideo.Cli.Files;
using MlxVideo.Cli.Tests;
using MlxVideo.EndToEnd.Tests.Processes;
using MlxVideo.Shared.Batches;

namespace MlxVideo.EndToEnd.Tests;

/// <summary>A worker and a demo on a device that fails its self-test.</summary>
public sealed class FaultyDeviceTests(TinyModelFixture model) : IClassFixture<TinyModelFixture>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private IReadOnlyDictionary<string, string?> Faulty => new Dictionary<string, string?>
    {
        ["MLXVIDEO_SELFTEST_BREAK"] = "index-select-int32:crash",
        ["XDG_CACHE_HOME"] = Directory.CreateDirectory(_folder["cache"]).FullName,
    };

    [Fact]
    public async Task Worker_joins_as_unfit_gets_no_stages_and_the_operator_sees_why()
    {
        await using var farm = await FarmUnderTest.StartAsync(model.Folder, workers: 1);
        using var unfit = StartWorker(farm.ClusterAddress, "unfit");
        await unfit.WaitForOutputAsync("ready worker name=unfit");

        var view = await farm.UntilFinishedAsync(await farm.SubmitAsync([.. Enumerable.Range(1, 4).Select(seed => Sample.Short(seed))]));
        Assert.All(view.Clips.SelectMany(clip => clip.Stages), stage => Assert.NotEqual("unfit", stage.Worker));
        Assert.Equal(["worker-1"], view.Workers);
        var problems = (await farm.Client.GetFarmAsync(CancellationToken.None)).Workers.ToDictionary(
            worker => worker.Name, worker => worker.Problem);
        Assert.Null(problems["worker-1"]);
        Assert.Contains("The self-test crashed in 'index-select-int32'", problems["unfit"]);
        Assert.Contains("./mlx-video doctor", problems["unfit"]);
        var status = await CliProcess.RunAsync("farm", "status", "--api", farm.Api.ToString());
        Assert.Matches($@"(?m)^unfit +unfit +cpu +{Regex.Escape(Path.GetFileName(model.Folder))} ", status.Output);
        Assert.Contains(problems["unfit"]!, status.Output);

        await Signals.TerminateAsync(farm.ProcessOf("worker-1"));
        await farm.UntilWorkersAsync("unfit");
        var alone = await farm.UntilAsync(await farm.SubmitAsync(Sample.Short(5)), view => view.Clips[0].WaitingFor is not null);
        Assert.Contains("unfit, which failed the self-test", alone.Clips[0].WaitingFor);
        Assert.Equal(ClipState.Waiting, alone.Clips[0].State);
    }

    [Fact]
    public async Task Demo_renders_on_the_cpu_with_a_notice()
    {
        var csv = _folder.Write("one.csv", "prompt,width,height,num_frames\na cat,64,64,9\n");
        string[] demo = ["demo", "--csv", csv, "--workers", "1", "--model", model.Folder];
        var faulty = await CliProcess.RunAsync(Faulty, [.. demo, "--output", _folder["faulty"], "--dtype", "bfloat16"]);
        faulty.AssertDone();
        Assert.Contains("The self-test crashed in 'index-select-int32'", faulty.Error);
        Assert.Contains("rendering on the CPU in float32 instead", faulty.Error);

        (await CliProcess.RunAsync([.. demo, "--output", _folder["plain"]])).AssertDone();
        Assert.Equal(Framemd5("plain"), Framemd5("faulty"));
    }

    public void Dispose() => _folder.Dispose();

    private string? Framemd5(string output) => JsonDocument.Parse(File.ReadAllText(_folder[$"{output}/report.json"])).RootElement
        .GetProperty("clips")[0].GetProperty("framemd5").GetString();

    /// <summary>Starts a worker with settings other than the reference settings, which are not tested.</summary>
    private CliProcess StartWorker(string cluster, string name)
    {
        var data = Directory.CreateDirectory(_folder[$"{name}/data"]).FullName;
        FastDetection.Write(data, null);
        return CliProcess.StartInShell(
            $"exec \"$1\" '{Installation.Daemon("Worker")}' --join {cluster} --name {name} --data '{data}' --model '{model.Folder}' "
            + $"--dtype bfloat16 --parent-pid {Environment.ProcessId}", Faulty);
    }
}
