using System.Text.Json;
using MlxVideo.Cli.Errors;
using MlxVideo.Cli.Simulate;
using MlxVideo.Farm.Traces;
using MlxVideo.Shared.Batches;
using MlxVideo.Shared.Errors;
using MlxVideo.Shared.Renders;
using MlxVideo.Simulation.Farms;

namespace MlxVideo.Cli.Tests.Simulate;

public sealed class SimulationRunTests
{
    private static readonly SimulationRequest Request =
        new("3", null, 2, "short", 10, ["window-eft", "first-come-by-stage"], 2, null, null, null, FromFault: false, Json: true);

    [Fact]
    public void Json_has_an_entry_for_each_policy_and_scenario()
    {
        var (code, results) = Run(Request);
        Assert.Equal(ExitCodes.Done, code);
        Assert.Equal(
            [("window-eft", "nominal"), ("first-come-by-stage", "nominal"), ("window-eft", "slow-mac"), ("first-come-by-stage", "slow-mac"),
                ("window-eft", "dead-mac"), ("first-come-by-stage", "dead-mac")],
            results.EnumerateArray()
                .Select(result => (result.GetProperty("policy").GetString(), result.GetProperty("scenario").GetString())));
        foreach (var result in results.EnumerateArray())
        {
            Assert.Equal((3, 2), (result.GetProperty("clips").GetInt32(), result.GetProperty("workers").GetInt32()));
            Assert.InRange(result.GetProperty("makespan_over_bound").GetProperty("median").GetDouble(), 1, 10);
            Assert.True(
                result.GetProperty("makespan_over_bound").GetProperty("p95").GetDouble() >= result.GetProperty("makespan_over_bound")
                    .GetProperty("median").GetDouble());
            Assert.All(["mean_completion_s", "first_clip_s", "model_loads"], name => Assert.True(result.GetProperty(name).GetDouble() > 0));
            Assert.True(result.GetProperty("wasted_s").GetDouble() >= 0);
        }
    }

    [Fact]
    public void Unfinished_batch_is_reported_in_json()
    {
        var (code, results) = Run(Request with { Faults = "die:1@1,die:2@1", PolicyNames = ["first-come-by-stage"] });
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Equal(JsonValueKind.Null, results[0].GetProperty("makespan_over_bound").GetProperty("median").ValueKind);
        Assert.Equal(6, results[0].GetProperty("unfinished").GetInt32());
    }

    [Fact]
    public void Results_are_deterministic_for_a_given_seed() =>
        Assert.Equal(Run(Request).Results.GetRawText(), Run(Request).Results.GetRawText());

    [Fact]
    public void Bound_from_the_fault_is_reported_only_on_request()
    {
        var asked = Run(Request with { Faults = "slow:studio-max@20x3", FromFault = true, PolicyNames = ["window-eft"] }).Results[0];
        Assert.InRange(asked.GetProperty("bound_from_fault_s").GetDouble(), 20, asked.GetProperty("makespan_s").GetDouble());
        Assert.False(
            Run(Request).Results[2].TryGetProperty("bound_from_fault_s", out var bound) && bound.ValueKind == JsonValueKind.Number);
    }

    [Fact]
    public void Given_faults_replace_the_standard_scenarios()
    {
        var results = Run(Request with { Faults = "slow:studio-max@20x3,join:1@10" }).Results;
        Assert.All(results.EnumerateArray(), result => Assert.Equal("given", result.GetProperty("scenario").GetString()));
    }

    [Fact]
    public void Farm_is_read_from_a_file_and_the_chart_is_written_to_a_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["macs.json"], """[{ "name": "only", "memory_gb": 64, "teraflops": 15, "disk_gb_per_second": 5, "link_gbit": 10 }]""");
        var results = Run(Request with { FarmFile = folder["macs.json"], ChartFile = folder["chart.svg"] }).Results;
        Assert.All(results.EnumerateArray(), result => Assert.Equal(1, result.GetProperty("workers").GetInt32()));
        var chart = System.Xml.Linq.XDocument.Load(folder["chart.svg"]);
        Assert.Contains(chart.Descendants(), element =>
            element.Name.LocalName == "title" && element.Value.StartsWith("clip 1, denoise-1: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Recorded_batch_is_replayed_from_its_trace()
    {
        using var folder = new TemporaryFolder();
        var mac = ReferenceFarms.FiveMacs()[1];
        var at = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        TraceLine[] lines =
        [
            new TraceLines.BatchSubmitted(
                at, "b1", 1,
                [new TracedClip(
                    1, new ClipConstraints(), new RenderSettings { Prompt = "x", Width = 64, Height = 64, NumFrames = 9, Audio = false })]),
            new TraceLines.WorkerPresent(at, "w1", "studio", "mps", "m", mac.Capabilities),
            .. new[] { ("encode-prompt", 24.1664), ("denoise", 0.5), ("upsample", 0.01), ("decode-video", 0.05) }.Select(
                (stage, index) => new TraceLines.AttemptEnded(
                at.AddSeconds(10 * (index + 1)), 1, stage.Item1, 1, "w1", AttemptOutcome.Succeeded, null, at.AddSeconds((10 * index) + 6),
                stage.Item1, stage.Item2, 10)),
            new TraceLines.ClipEnded(at.AddSeconds(41), 1, ClipState.Finished),
            new TraceLines.BatchEnded(at.AddSeconds(41)),
        ];
        File.WriteAllLines(folder["b1.jsonl"], lines.Select(BatchTrace.Write));
        var results = Run(Request with { TraceFile = folder["b1.jsonl"], ChartFile = folder["chart.svg"] }).Results;
        Assert.All(results.EnumerateArray(), result =>
            Assert.Equal(("trace", 1), (result.GetProperty("scenario").GetString(), result.GetProperty("clips").GetInt32())));
        Assert.Contains(">studio<", File.ReadAllText(folder["chart.svg"]));
    }

    [Theory]
    [InlineData("clips", "--clips: '0' is not a whole number from 1 to 100000: separate numbers with commas.")]
    [InlineData(
        "policy",
        "Unknown policy 'best': use one of window-eft, round-robin, first-come-by-clip, first-come-by-stage, affinity-first, "
        + "dynamic-heft.")]
    [InlineData("mix", "--mix: unknown mix 'odd'; use one of short, mixed, long, guided.")]
    [InlineData("mac", "'die:nobody@4': unknown Mac 'nobody'; use one of studio-ultra, studio-max.")]
    [InlineData("number", "'slow:studio-max@4x0': '0' is not a number above 0: write die:MAC@SECONDS, slow:MAC@SECONDSxTIMES, "
        + "stall:MAC@SECONDS+SECONDS, join:MAC@SECONDS or leave:MAC@SECONDS, separated by commas.")]
    [InlineData("seeds", "--seeds: use 1 to 1000.")]
    [InlineData("macs", "--macs: use 1 to 10000.")]
    public void Invalid_arguments_are_reported_in_one_sentence(string what, string sentence)
    {
        var request = what switch
        {
            "clips" => Request with { Clips = "0" },
            "policy" => Request with { PolicyNames = ["best"] },
            "mix" => Request with { Mix = "odd" },
            "mac" => Request with { Faults = "die:nobody@4" },
            "number" => Request with { Faults = "slow:studio-max@4x0" },
            "seeds" => Request with { Seeds = 0 },
            _ => Request with { Macs = 0 },
        };
        Assert.Equal(sentence, Assert.Throws<UsageException>(() => Run(request)).Message);
    }

    [Fact]
    public void Invalid_farm_file_and_missing_files_are_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["macs.json"], "[]");
        Assert.Contains("has no Macs", Assert.Throws<UsageException>(() => Run(Request with { FarmFile = folder["macs.json"] })).Message);
        Assert.Contains(
            "missing.json", Assert.Throws<UsageException>(() => Run(Request with { FarmFile = folder["missing.json"] })).Message);
        Assert.Contains(
            "missing.jsonl", Assert.Throws<UsageException>(() => Run(Request with { TraceFile = folder["missing.jsonl"] })).Message);
    }

    private static (int Code, JsonElement Results) Run(SimulationRequest request)
    {
        using var output = new StringWriter();
        var code = SimulationRun.Execute(request, output, TextWriter.Null);
        using var document = JsonDocument.Parse(output.ToString());
        return (code, document.RootElement.Clone());
    }
}
