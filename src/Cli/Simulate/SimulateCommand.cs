using System.CommandLine;
using System.CommandLine.Completions;
using MlxVideo.Shared.Arguments;
using MlxVideo.Simulation.Policies;

namespace MlxVideo.Cli.Simulate;

/// <summary>
/// The command <c>mlx-video simulate</c>: compares the scheduler with other policies and the lower bound on a virtual clock.
/// </summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var clips = new Option<string>(
            "--clips")
        { Description = "Number of clips per batch; accepts several comma-separated numbers.", DefaultValueFactory = _ => "20" };
        var farm = new Option<FileInfo?>(
            "--farm")
        {
            Description = "JSON file that describes the Macs: name, memory_gb, teraflops, disk_gb_per_second, link_gbit; the reference "
                + "farm by default."
        };
        var macs = NumberOption.Int("--macs", "Number of Macs in the reference farm; above five, the five Macs are repeated.", 5);
        var mix =
            new Option<string>("--mix")
            {
                Description = "Mix of clips: short, mixed, long or guided.",
                DefaultValueFactory = _ => "mixed",
                CompletionSources = { "short", "mixed", "long", "guided" },
            };
        var link = NumberOption.Decimal("--link", "Network bandwidth of the Macs in Gbit/s.", 10);
        var policies = new Option<string[]>("--policy")
        {
            Description = "Policy to simulate; repeatable. All policies by default.",
            CompletionSources = { _ => NamedPolicies.All.Select(name => new CompletionItem(name)) },
        };
        var seeds = NumberOption.Int("--seeds", "Number of random batches.", 30);
        var errors = new Option<string?>("--faults")
        {
            Description = "Comma-separated faults that replace the three standard scenarios, e.g. die:MAC@400, slow:MAC@300x4 (4 times "
                + "slower from 300 s), stall:MAC@200+60 (for 60 s), join:MAC@120 or leave:MAC@500; MAC is a name or a number."
        };
        var trace = new Option<FileInfo?>("--trace")
        {
            Description = "Trace of a real batch to replay instead of generated batches (docs/trace.md)."
        };
        var chart = new Option<FileInfo?>(
            "--chart")
        { Description = "SVG file for a timeline of the first policy's first batch." };
        var fromFault =
            new Option<bool>(
                "--bound-from-fault")
            {
                Description =
                    "With --json, also print the lower bound from the time of the fault; takes several seconds per batch."
            };
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var command = new Command("simulate", "Compares scheduling policies in simulation, or replays a real batch with another policy.")
        {
            clips, farm, macs, mix, link, policies, seeds, errors, trace, chart, fromFault, json,
        };
        command.SetAction((parsed, cancellationToken) => RunDetachedAsync(() => SimulationRun.Execute(
            new SimulationRequest(
                parsed.GetValue(clips)!, parsed.GetValue(farm)?.FullName, parsed.GetValue(macs), parsed.GetValue(mix)!,
                parsed.GetValue(link), parsed.GetValue(policies) ?? [],
                parsed.GetValue(seeds), parsed.GetValue(errors), parsed.GetValue(trace)?.FullName, parsed.GetValue(chart)?.FullName,
                parsed.GetValue(fromFault), parsed.GetValue(json)),
            Console.Out,
            Console.Error), cancellationToken));
        return command;
    }

    /// <summary>Runs an action that can't be cancelled and requires no cleanup, on a thread that ends with the process.</summary>
    private static Task<int> RunDetachedAsync(Func<int> run, CancellationToken cancellationToken) =>
        Task.Run(run, CancellationToken.None).WaitAsync(cancellationToken);
}
