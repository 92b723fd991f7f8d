using System.CommandLine;
using MlxVideo.Cluster.Hosting;
using MlxVideo.Shared.Arguments;

namespace MlxVideo.Coordinator.Hosting;

/// <summary>The coordinator's command line.</summary>
public static class CoordinatorCommand
{
    /// <param name="console">Adds a console for operators; null for none.</param>
    public static Command Create(NodeConsole? console = null)
    {
        var defaults = new CoordinatorOptions();
        var options = new DaemonOptions(CoordinatorOptions.Section);
        options.Arguments.Begin("Network");
        options.Arguments.Add($"{CoordinatorOptions.Section}:{nameof(CoordinatorOptions.HttpPort)}", NumberOption.Int(
            "--http-port", "TCP port of the API and artefact transfers; 0 for a free one.", defaults.HttpPort, DaemonOptions.Port));
        options.Arguments.Begin("Storage");
        options.Arguments.Add($"{CoordinatorOptions.Section}:{nameof(CoordinatorOptions.KeepResults)}", new Option<string>("--keep-results")
        {
            Description = "How long (30d) or up to what total size (500GB) finished clips of ended batches are kept for download.",
            DefaultValueFactory = _ => defaults.KeepResults,
        });
        options.Arguments.Add($"{CoordinatorOptions.Section}:{nameof(CoordinatorOptions.BlobQuota)}", new Option<string>("--blob-quota")
        {
            Description = "Maximum size of the stored artefacts and clips, e.g. 200GB; limited only by the disk by default.",
        });
        var command =
            new Command("coordinator", "Manages the batches of an MlxVideo farm, assigns stages to its workers and muxes the clips.");
        options.AddTo(
            command, defaults.ClusterPort, "TCP port on which workers join; 0 for a free one.", defaults.Listen,
            "IP address to listen on. If other machines take part, run 'farm init' first and use an address that they can reach.");
        options.SetAction(command, (start, cancellationToken) => CoordinatorHost.RunAsync(start, cancellationToken, console));
        return command;
    }
}
