using System.CommandLine;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Cli.Simulate;

/// <summary><c>mlx-video simulate</c>: the scheduler on a virtual clock, beside other policies and the lower bound.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var clips = new Option<string>(
            "--clips")
        { Description = "Clips of a batch; several numbers separated by commas.", DefaultValueFactory = _ => "20" };
        var farm = new Option<FileInfo?>(
            "--farm")
        { Description = "A JSON file of Macs: name, memory_gb, teraflops, disk_gb_per_second, link_gbit." };
        var macs = NumberOption.Int("--macs", "So many Macs instead: the five of the reference farm again and again.", 5);
        var mix =
            new Option<string>("--mix") { Description = "Which clips: short, mixed, long or guided.", DefaultValueFactory = _ => "mixed" };
        var link = NumberOption.Decimal("--link", "Network of the Macs in Gbit/s.", 10);
        var policies = new Option<string[]>("--policy") { Description = "A policy; may be given several times. All by default." };
        var seeds = NumberOption.Int("--seeds", "Batches that are drawn.", 30);
        var faults = new Option<string?>("--faults")
        {
            Description = "What happens instead of the three standard scenarios: "
            + "die:MAC@400,slow:MAC@300x4,stall:MAC@200+60,join:MAC@120,leave:MAC@500."
        };
        var trace = new Option<FileInfo?>("--trace") { Description = "Replay this trace of a real batch instead (docs/trace.md)." };
        var chart = new Option<FileInfo?>(
            "--chart")
        { Description = "Draw who did what when into this SVG file: the first policy's first batch." };
        var fromFault =
            new Option<bool>(
                "--bound-from-fault")
            {
                Description =
                    "With --json: also what could still be reached when the fault struck; takes seconds for each batch."
            };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("simulate", "Compares scheduling policies in simulation, or replays a real batch under another policy.")
        {
            clips, farm, macs, mix, link, policies, seeds, faults, trace, chart, fromFault, json,
        };
        command.SetAction((parsed, cancellationToken) => Abandonable(() => SimulationRun.Execute(
            new SimulationRequest(
                parsed.GetValue(clips)!, parsed.GetValue(farm)?.FullName, parsed.GetValue(macs), parsed.GetValue(mix)!,
                parsed.GetValue(link), parsed.GetValue(policies) ?? [],
                parsed.GetValue(seeds), parsed.GetValue(faults), parsed.GetValue(trace)?.FullName, parsed.GetValue(chart)?.FullName,
                parsed.GetValue(fromFault), parsed.GetValue(json)),
            Console.Out,
            Console.Error), cancellationToken));
        return command;
    }

    /// <summary>Runs what can't be stopped and leaves nothing behind on a thread that ends with the process.</summary>
    private static Task<int> Abandonable(Func<int> run, CancellationToken cancellationToken) =>
        Task.Run(run, CancellationToken.None).WaitAsync(cancellationToken);
}
